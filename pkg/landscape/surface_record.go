package landscape

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
)

// recordOf makes the record of a measurement on a plane.
func (p *Problem) recordOf(ctx context.Context, what string, config map[string]string, contract BatchNorm, plane *Plane) (Record, error) {
	data, err := p.data.hash(ctx)
	if err != nil {
		return Record{}, err
	}
	config["plane"], config["mode"], config["examples"] = plane.Name, p.cfg.Mode.String(), fmt.Sprint(p.data.examples)
	config["regularizer"] = p.cfg.Regularizer.String()
	model, state, err := p.hashModel(ctx, contract)
	if err != nil {
		return Record{}, err
	}
	v := versions()
	v["backend"], v["plugin"] = p.backend.Name(), pluginOf(p.backend.Description())
	return Record{
		What: what, Config: config, Versions: v, Data: data, Model: model, State: state,
		Weights: HashWeights(plane.Origin), Directions: HashWeights(append(append([]float64{}, plane.D1...), plane.D2...)),
	}, nil
}

// HashWeights is the SHA-256, in hexadecimal, of a weight vector: its float64 values in order, little-endian.
func HashWeights(theta []float64) string {
	h := sha256.New()
	var b [8]byte
	for _, x := range theta {
		binary.LittleEndian.PutUint64(b[:], math.Float64bits(x))
		h.Write(b[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// hash is the SHA-256 of the data set, whatever the batches it comes in. Cost: one pass over the data, once.
func (d *batches) hash(ctx context.Context) (string, error) {
	if d.sum != "" {
		return d.sum, nil
	}
	var each []hash.Hash // one an input or label, over all batches.
	for b, err := range d.all(ctx) {
		if err != nil {
			return "", err
		}
		for i, t := range append(append([]*tensors.Tensor{}, b.Inputs...), b.Labels...) {
			if i == len(each) {
				each = append(each, sha256.New())
				fmt.Fprintln(each[i], t.DType(), trailing(t.Shape().Dimensions))
			}
			if err := t.ConstBytes(func(data []byte) { each[i].Write(data) }); err != nil {
				return "", err
			}
		}
	}
	all := sha256.New()
	for _, h := range each {
		all.Write(h.Sum(nil))
	}
	d.sum = hex.EncodeToString(all.Sum(nil))
	return d.sum, nil
}

// trailing drops the axis of examples.
func trailing(dims []int) []int {
	if len(dims) == 0 {
		return dims
	}
	return dims[1:]
}

// pluginOf is a backend's own description, its plugin's name and version with it, without folders and without the number of devices.
func pluginOf(description string) string {
	description, _, _ = strings.Cut(description, " [")
	return folders.ReplaceAllString(description, "")
}

var folders = regexp.MustCompile(`[^():]*[/\\]`)

// versions are those of the modules whose code decides the numbers, and the main module's revision where the program was built from a
// repository.
func versions() map[string]string {
	v := make(map[string]string)
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	wanted := map[string]bool{"github.com/gomlx/gomlx": true, "github.com/gomlx/compute": true, "github.com/gomlx/go-xla": true, "lossland": true}
	for _, m := range append(info.Deps, &info.Main) {
		if wanted[m.Path] {
			v[m.Path] = m.Version
		}
	}
	v["go"] = info.GoVersion
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision", "vcs.modified":
			v[info.Main.Path+" "+s.Key] = s.Value
		}
	}
	return v
}

// describe is the configuration as names and values.
func (cfg SurfaceConfig) describe() map[string]string {
	d := map[string]string{
		"alphas": describeAxis(cfg.Alphas), "betas": describeAxis(cfg.Betas),
		"batch norm": cfg.BatchNorm.String(), "plain": fmt.Sprint(cfg.Plain), "gradient norm": fmt.Sprint(cfg.GradNorm),
	}
	if r := cfg.Refinement; r != nil {
		d["refinement"] = fmt.Sprintf("coarse %d, tolerance %g, log %t", r.Coarse, r.Tolerance, r.Log)
	}
	return d
}

func describeAxis(at []float64) string {
	return fmt.Sprintf("%d from %g to %g", len(at), at[0], at[len(at)-1])
}
