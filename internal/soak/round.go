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

// round does everything once.
func round(ctx context.Context, backend compute.Backend, folder string) ([]number, error) {
	var n notes
	digits, err := datasets.Digits()
	if err != nil {
		return nil, err
	}
	var ends [][]float64
	var problem *landscape.Problem
	for _, name := range order {
		p, err := trained(backend, digits, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		defer p.Close()
		theta, err := p.Weights()
		if err != nil {
			return nil, err
		}
		n.add(name, theta...)
		ends, problem = append(ends, theta), p
	}
	for _, part := range []func(context.Context, *landscape.Problem, *notes) error{
		points, spectra, surfaces(folder),
	} {
		if err := part(ctx, problem, &n); err != nil {
			return nil, err
		}
	}
	return n, paths(ctx, problem, ends[0], ends[1], &n)
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

func points(ctx context.Context, p *landscape.Problem, n *notes) error {
	here, err := p.Here()
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
	for _, s := range panel {
		n.add(s.Measure.String(), s.Value)
	}
	verdict, err := here.Classify(ctx, landscape.ClassifyConfig{})
	if err != nil {
		return err
	}
	n.bytes("classification", []byte(verdict.Why))
	return nil
}

func spectra(ctx context.Context, p *landscape.Problem, n *notes) error {
	here, err := p.Here()
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
func surfaces(folder string) func(context.Context, *landscape.Problem, *notes) error {
	return func(ctx context.Context, p *landscape.Problem, n *notes) error {
		s, err := p.Surface(ctx, landscape.SurfaceConfig{Seed: 1, Resolution: 9, Range: 5})
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
		for i := range s.Loss.Value {
			n.add("surface", s.Loss.Value[i]...)
			n.add("normalised surface", bent.Loss.Value[i]...)
		}
		path := filepath.Join(folder, "surface.npz")
		if err := s.Save(path, landscape.FileConfig{}); err != nil {
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
}

func paths(ctx context.Context, p *landscape.Problem, a, b []float64, n *notes) error {
	profile, err := p.Along(ctx, curve.Straight(a, b), landscape.AlongConfig{})
	if err != nil {
		return err
	}
	n.bytes("profile", fmt.Appendf(nil, "%v", profile.Loss))
	joined, err := p.Connect(ctx, a, b, landscape.ConnectConfig{Steps: 10, Seed: 1})
	if err != nil {
		return err
	}
	n.add("connection", joined.History...)
	return nil
}
