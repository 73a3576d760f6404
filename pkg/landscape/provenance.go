package landscape

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"math"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/graph"

	"lossland/internal/accelerator"
	"lossland/pkg/transform"
)

// Record says how a result came about: what was measured, at which weights, on which data, with
// which configuration and versions. With it someone else can repeat the computation, and check that
// it was the same. It holds no time and no path of the machine, so the same seed gives the same
// bytes.
type Record struct {
	// What is the measurement, such as "Surface".
	What string `json:"what"`
	// Config is its configuration with the defaults filled in.
	Config map[string]string `json:"config"`
	// Versions are those of this module (with its revision if the build knows it), of GoMLX, of the
	// backend and of its plugin.
	Versions map[string]string `json:"versions"`
	// Weights is the hash of the origin's weights, see HashWeights.
	Weights string `json:"weights_sha256"`
	// Directions is the hash of the plane's directions; empty where there are none.
	Directions string `json:"directions_sha256"`
	// Data is a hash of the data set; it doesn't depend on the batches.
	Data string `json:"data_sha256"`
	// Model is a hash of the operations that make up the loss and its predictions, by name and in
	// order. It tells ReLU from tanh. It doesn't cover constants or sizes. The sizes of weights and
	// data are in the hashes above.
	Model string `json:"model_sha256"`
	// State is a hash of the variables other than weights that the loss reads, such as BatchNorm's
	// moving averages.
	State string `json:"state_sha256"`
}

// Mismatch is the error for a result that belongs to another problem. It names what differs.
type Mismatch struct {
	// What is "data", "weights", "model", "mode", "regularizer" or "state"; of a file also
	// "directions" or "arrays".
	What            string
	Recorded, Found string
}

// Error implements error.
func (m *Mismatch) Error() string {
	return fmt.Sprintf("landscape: the record is of other %s: recorded %s, found %s",
		m.What, m.Recorded, m.Found)
}

// Check returns a [*Mismatch] unless the record was made with the problem's data, model, mode,
// regularizer, current weights and other state. The problem is taken with the recorded BatchNorm
// contract. Versions may differ.
//
// Cost: one tracing of the model, and one reading of the data if it isn't hashed yet.
func (r Record) Check(ctx context.Context, p *Problem) error {
	contract := r.contract()
	p, err := p.withBatchNorm(contract)
	if err != nil {
		return err
	}
	theta, err := p.Weights()
	if err != nil {
		return err
	}
	found, err := p.completeRecord(ctx, Record{Weights: HashWeights(theta)}, contract)
	if err != nil {
		return err
	}
	for _, m := range []Mismatch{
		{"data", r.Data, found.Data},
		{"weights", r.Weights, found.Weights},
		{"mode", r.Config["mode"], found.Config["mode"]},
		{"regularizer", r.Config["regularizer"], found.Config["regularizer"]},
		{"model", r.Model, found.Model},
		{"state", r.State, found.State},
	} {
		if m.Recorded != m.Found {
			return &m
		}
	}
	return nil
}

// contract is the BatchNorm contract of the configuration; BatchNormAsMode if it names none.
func (r Record) contract() BatchNorm {
	for b := BatchNormAsMode; b <= BatchNormReestimated; b++ {
		if r.Config["batch norm"] == b.String() {
			return b
		}
	}
	return BatchNormAsMode
}

// Record is that of a measurement at the store's current weights whose result has none of its own,
// such as a spectrum. What and Config are the caller's.
//
// Cost: one tracing of the model, and one reading of the data if it isn't hashed yet.
func (p *Problem) Record(ctx context.Context, what string, config map[string]string) (
	Record, error) {
	theta, err := p.Weights()
	if err != nil {
		return Record{}, err
	}
	return p.completeRecord(ctx, Record{What: what, Config: maps.Clone(config),
		Weights: HashWeights(theta)}, BatchNormAsMode)
}

// completeRecord adds to a measurement's own part of a record what is the problem's: its
// configuration, data, model, state and versions.
func (p *Problem) completeRecord(ctx context.Context, r Record,
	contract BatchNorm) (Record, error) {
	var err error
	if r.Data, err = p.data.hash(ctx); err != nil {
		return Record{}, err
	}
	if r.Model, r.State, err = p.hashModel(ctx, contract); err != nil {
		return Record{}, err
	}
	if r.Config == nil {
		r.Config = make(map[string]string)
	}
	r.Config["mode"] = recordedModes[p.cfg.Mode]
	r.Config["regularizer"] = "with"
	if p.cfg.WithoutRegularizer {
		r.Config["regularizer"] = "without"
	}
	r.Config["loss"] = p.form.Kind.String()
	r.Config["examples"] = fmt.Sprint(p.data.examples)
	if len(p.idle) > 0 {
		r.Config["idle weights"] = strings.Join(p.idle, ", ")
	}
	if p.params.has16Bit() {
		r.Config["points"] = "rounded to 16 bits"
	}
	if how := accelerator.Rounding(p.backend); how != "" {
		r.Config["products"] = how
	}
	r.Versions = versions()
	r.Versions["backend"] = p.backend.Name()
	r.Versions["plugin"] = pluginOf(p.backend.Description())
	return r, nil
}

// recordedModes are the modes as records spell them, which is older than how they print.
var recordedModes = map[Mode]string{Inference: "Inference", Training: "Training"}

// HashWeights is the SHA-256, in hexadecimal, of a weight vector: its float64 values in order,
// little-endian.
func HashWeights(theta []float64) string { return hashVectors(theta) }

// hashVectors is HashWeights of vectors one after the other.
func hashVectors(vs ...[]float64) string {
	h := sha256.New()
	var b [8]byte
	for _, v := range vs {
		for _, x := range v {
			binary.LittleEndian.PutUint64(b[:], math.Float64bits(x))
			h.Write(b[:])
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// hash is the SHA-256 of the data set, whatever the batches it comes in.
// Cost: one pass over the data, once.
func (d *batches) hash(ctx context.Context) (string, error) {
	if d.sum != "" {
		return d.sum, nil
	}
	var each []hash.Hash // one for each input and label, over all batches.
	for b, err := range d.all(ctx) {
		if err != nil {
			return "", err
		}
		for i, t := range slices.Concat(b.Inputs, b.Labels) {
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

// hashModel returns two hashes: of the names of the operations that the loss and the predictions
// are made of, and of the variables, other than weights, that they read.
func (p *Problem) hashModel(ctx context.Context,
	contract BatchNorm) (model, state string, err error) {
	for b, err := range p.data.all(ctx) {
		if err != nil {
			return "", "", err
		}
		g := graph.NewGraph(p.backend, "landscape: record")
		defer g.Finalize()
		h := sha256.New()
		var read []string
		err := catch("tracing the model", func() {
			t := p.trace(g, b)
			roots := append([]*graph.Node{t.given}, t.predictions...)
			for _, n := range transform.Dependents(roots, t.weights) {
				fmt.Fprintln(h, n.Type(), n.Rank(), n.DType())
			}
			read = p.stateOf(t, roots)
		})
		if err != nil {
			return "", "", err
		}
		if contract == BatchNormReestimated { // each point has averages of its own.
			read = slices.DeleteFunc(read, isBatchNormState)
		}
		state, err := p.hashState(read)
		return hex.EncodeToString(h.Sum(nil)), state, err
	}
	return "", "", ErrNoData
}

// stateOf are the paths of the variables that the roots read and that aren't weights, sorted.
func (p *Problem) stateOf(t *traced, roots []*graph.Node) []string {
	given := make(map[*graph.Node]bool)
	for _, n := range slices.Concat(t.weights, t.inputs, t.labels) {
		given[n] = true
	}
	var paths []string
	seen := make(map[*graph.Node]bool)
	var visit func(n *graph.Node)
	visit = func(n *graph.Node) {
		if seen[n] {
			return
		}
		if seen[n] = true; n.Type() == graph.NodeTypeParameter && !given[n] {
			paths = append(paths, n.GetParameterName())
		}
		for _, input := range n.Inputs() {
			visit(input)
		}
	}
	for _, n := range roots {
		visit(n)
	}
	slices.Sort(paths)
	return paths
}

// hashState is the SHA-256 of the values of variables.
func (p *Problem) hashState(paths []string) (string, error) {
	h := sha256.New()
	for _, path := range paths {
		v := p.store.GetVariable(path)
		if v == nil {
			return "", fmt.Errorf("landscape: the loss reads %q, which isn't in the store", path)
		}
		t, err := v.Value()
		if err != nil {
			return "", fmt.Errorf("landscape: %q: %w", path, err)
		}
		fmt.Fprintln(h, path, t.Shape())
		if err := t.ConstBytes(func(data []byte) { h.Write(data) }); err != nil {
			return "", fmt.Errorf("landscape: %q: %w", path, err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// pluginOf is a backend's own description with its plugin's name and version, without folders and
// without the number of devices.
func pluginOf(description string) string {
	description, _, _ = strings.Cut(description, " [")
	return folders.ReplaceAllString(description, "")
}

var folders = regexp.MustCompile(`[^():]*[/\\]`)

// deciding are the modules whose code decides the numbers.
var deciding = []string{"github.com/gomlx/gomlx", "github.com/gomlx/compute",
	"github.com/gomlx/go-xla", "lossland"}

// versions are those of the modules that decide the numbers, and the main module's revision where
// the program was built from a repository.
func versions() map[string]string {
	v := make(map[string]string)
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	for _, m := range append(info.Deps, &info.Main) {
		if slices.Contains(deciding, m.Path) {
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
