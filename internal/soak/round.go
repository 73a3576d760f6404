package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"path/filepath"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"

	"lossland/pkg/curve"
	"lossland/pkg/landscape"
	"lossland/pkg/lesson/datasets"
	"lossland/pkg/lesson/training"
	"lossland/pkg/sam"
	"lossland/pkg/spectrum"
	"lossland/pkg/viz"
)

// number is one that a round measured, by name.
type number struct {
	name string
	bits uint64
}

// notes collects a round's numbers.
type notes []number

func (n *notes) add(name string, values ...float64) {
	for i, v := range values {
		*n = append(*n, number{fmt.Sprintf("%s %d", name, i), math.Float64bits(v)})
	}
}

// bytes notes a hash of content.
func (n *notes) bytes(name string, content []byte) {
	h := fnv.New64a()
	h.Write(content)
	*n = append(*n, number{name, h.Sum64()})
}

// variants are the optimizers of a round.
var variants = map[string]func(*sam.Config) *sam.Config{
	"plain SAM": func(c *sam.Config) *sam.Config { return c.Rho(0.05) },
	"ASAM":      func(c *sam.Config) *sam.Config { return c.ASAM(0.01).Rho(0.5) },
	"F-SAM":     func(c *sam.Config) *sam.Config { return c.FSAM(1, 0.9) },
	"GSAM":      func(c *sam.Config) *sam.Config { return c.GSAM(0.4) },
	"GNP":       func(c *sam.Config) *sam.Config { return c.GNP(0.8) },
	"LookSAM":   func(c *sam.Config) *sam.Config { return c.LookSAM(5, 0.7) },
	"every 3rd": func(c *sam.Config) *sam.Config { return c.Every(3) },
	"m-SAM":     func(c *sam.Config) *sam.Config { return c.MSAM(8) },
}

var crossEntropy = loss.SparseCategoricalCrossEntropyLogits

// order is a fixed order of the variants.
var order = []string{
	"plain SAM", "ASAM", "F-SAM", "GSAM", "GNP", "LookSAM", "every 3rd", "m-SAM",
}

// part is something that a round does.
type part struct {
	name string
	do   func(context.Context, *subject, *notes) error
}

// parts are a round, in this order. Each finds what it needs in the subject.
var parts = []part{
	{"training", trainings},
	{"points", points},
	{"spectra", spectra},
	{"surfaces", surfaces},
	{"paths", paths},
}

// subject is what is measured, and where.
type subject struct {
	backend compute.Backend
	folder  string
	digits  datasets.Split
	// trainings makes these: the problem of the last variant, and the weights that each ended with.
	problem *landscape.Problem
	ends    [][]float64
}

// round does the parts once.
func round(ctx context.Context, s *subject, parts []part) ([]number, error) {
	var n notes
	for _, part := range parts {
		if err := part.do(ctx, s, &n); err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return n, nil
}

// trainings trains with every variant. Its problem replaces that of the round before.
func trainings(_ context.Context, s *subject, n *notes) error {
	s.ends = nil
	for _, name := range order {
		p, err := trained(s.backend, s.digits, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if s.problem != nil {
			s.problem.Close()
		}
		s.problem = p
		theta, err := p.Weights()
		if err != nil {
			return err
		}
		n.add(name, theta...)
		s.ends = append(s.ends, theta)
	}
	return nil
}

// trained is the problem of a small network after forty steps.
func trained(backend compute.Backend, digits datasets.Split, name string) (
	*landscape.Problem, error) {
	store := model.NewStore()
	store.SetParam(model.ParamInitialSeed, int64(1))
	set, err := digits.Train.TrainingSet(backend, 32, 2)
	if err != nil {
		return nil, err
	}
	network := training.MLP{Hidden: []int{16}, Outputs: 10}.Graph
	o := variants[name](sam.New(sam.Momentum().Rate(0.1).Done())).Done()
	trainer := train.NewTrainer(backend, store, network, crossEntropy, o, o.Metrics(), nil)
	if _, err := train.NewLoop(trainer).RunSteps(o.Dataset(store, set), 40); err != nil {
		return nil, err
	}
	held, err := digits.Test.EvaluationSet(backend, digits.Test.Len())
	if err != nil {
		return nil, err
	}
	return landscape.NewProblem(backend, store, network, crossEntropy, held, nil)
}

func points(ctx context.Context, s *subject, n *notes) error {
	here, err := s.problem.Here()
	if err != nil {
		return err
	}
	defer here.Close()
	loss, err := here.Loss(ctx)
	if err != nil {
		return err
	}
	n.add("loss", loss.Loss.Value, loss.Loss.StdErr)
	gradient, err := here.Gradient(ctx)
	if err != nil {
		return err
	}
	n.add("gradient", gradient...)
	panel, err := here.Sharpness(ctx, landscape.StandardMeasures(1)...)
	if err != nil {
		return err
	}
	for _, sharpness := range panel {
		n.add(sharpness.Measure.String(), sharpness.Value)
	}
	verdict, err := here.Classify(ctx, landscape.ClassifyConfig{})
	if err != nil {
		return err
	}
	n.bytes("classification", []byte(verdict.Why))
	return nil
}

func spectra(ctx context.Context, s *subject, n *notes) error {
	here, err := s.problem.Here()
	if err != nil {
		return err
	}
	defer here.Close()
	hessian, err := here.Hessian(ctx, landscape.HessianConfig{})
	if err != nil {
		return err
	}
	defer hessian.Close()
	pairs, err := spectrum.Lanczos(ctx, hessian, 3, spectrum.Largest, spectrum.LanczosConfig{})
	if err != nil {
		return err
	}
	n.add("eigenvalues", pairs.Values...)
	trace, err := spectrum.Hutchinson(ctx, hessian, spectrum.TraceConfig{Products: 8, Seed: 1})
	if err != nil {
		return err
	}
	n.add("trace", trace.Value, trace.StdErr)
	density, err := spectrum.NewDensity(ctx, hessian, spectrum.DensityConfig{Seed: 1})
	if err != nil {
		return err
	}
	n.bytes("density", fmt.Appendf(nil, "%v", density.Probes))
	return nil
}

// surfaces measures a plane in both ways, and stores, reads and draws it.
func surfaces(ctx context.Context, s *subject, n *notes) error {
	p := s.problem
	flat, err := p.Surface(ctx, landscape.SurfaceConfig{Seed: 1, Resolution: 9, Range: 5})
	if err != nil {
		return err
	}
	plane, err := p.RandomPlane(2)
	if err != nil {
		return err
	}
	normalized, err := p.NormalizedPlane(ctx, plane, landscape.NormalizeConfig{})
	if err != nil {
		return err
	}
	bent, err := p.Surface(ctx, landscape.SurfaceConfig{Plane: normalized, Resolution: 9,
		GradNorm: true})
	if err != nil {
		return err
	}
	for i := range flat.Loss.Value {
		n.add("surface", flat.Loss.Value[i]...)
		n.add("normalised surface", bent.Loss.Value[i]...)
	}
	path := filepath.Join(s.folder, "surface.npz")
	if err := flat.Save(path, landscape.FileConfig{}); err != nil {
		return err
	}
	read, err := landscape.LoadSurface(path)
	if err != nil {
		return err
	}
	picture, err := viz.Contour{Grid: read.Loss, MarkMinimum: true}.SVG()
	n.bytes("picture", picture)
	return err
}

// paths measures between the weights of two trainings.
func paths(ctx context.Context, s *subject, n *notes) error {
	a, b := s.ends[0], s.ends[1]
	profile, err := s.problem.Along(ctx, curve.Straight(a, b), landscape.AlongConfig{})
	if err != nil {
		return err
	}
	n.bytes("profile", fmt.Appendf(nil, "%v", profile.Loss))
	joined, err := s.problem.Connect(ctx, a, b, landscape.ConnectConfig{Steps: 10, Seed: 1})
	if err != nil {
		return err
	}
	n.add("connection", joined.History...)
	return nil
}
