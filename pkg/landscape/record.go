package landscape

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/graph"

	"lossland/pkg/transform"
)

// Record says how a result came about, so that someone else can compute it again and know that they did: what was measured on
// which weights and data, with which configuration and which versions. It holds no time and no path of the machine, so that the
// same seed gives the same bytes.
type Record struct {
	What       string            `json:"what"`              // the measurement, such as "Surface".
	Config     map[string]string `json:"config"`            // its configuration with the defaults filled in.
	Versions   map[string]string `json:"versions"`          // of the module (with its revision where the build knows it), GoMLX, the backend and its plugin.
	Weights    string            `json:"weights_sha256"`    // of the origin's weights, see HashWeights.
	Directions string            `json:"directions_sha256"` // of the plane's directions; empty where there are none.
	Data       string            `json:"data_sha256"`       // of the data set, whatever its batches.
	// Model is a hash of the operations that make up the loss and its predictions, by name and in order: it tells ReLU from tanh, and doesn't
	// hold sizes (those of weights and data are in the hashes above) or constants.
	Model string `json:"model_sha256"`
	// State is a hash of the variables that the loss reads and that aren't weights, such as BatchNorm's moving averages.
	State string `json:"state_sha256"`
}

// Mismatch is the error for a result that belongs to another problem: it names what differs.
type Mismatch struct {
	What            string // "data", "weights", "model", "mode", "regularizer", "state"; of a file: "directions", "arrays".
	Recorded, Found string
}

// Error implements error.
func (m *Mismatch) Error() string {
	return fmt.Sprintf("landscape: the record is of other %s: recorded %s, found %s", m.What, m.Recorded, m.Found)
}

// Check returns a [*Mismatch] unless the record was made with the problem's data, model, mode, regularizer, current weights and other
// state. The recorded BatchNorm contract is applied to the problem first. Versions may differ: see OtherVersions. Cost: one tracing of the
// model, and one reading of the data where it wasn't hashed yet.
func (r Record) Check(ctx context.Context, p *Problem) error {
	contract := r.contract()
	p, err := p.withBatchNorm(contract)
	if err != nil {
		return err
	}
	data, err := p.data.hash(ctx)
	if err != nil {
		return err
	}
	theta, err := p.Weights()
	if err != nil {
		return err
	}
	model, state, err := p.hashModel(ctx, contract)
	if err != nil {
		return err
	}
	for _, m := range []Mismatch{
		{"data", r.Data, data},
		{"weights", r.Weights, HashWeights(theta)},
		{"mode", r.Config["mode"], p.cfg.Mode.String()},
		{"regularizer", r.Config["regularizer"], p.cfg.Regularizer.String()},
		{"model", r.Model, model},
		{"state", r.State, state},
	} {
		if m.Recorded != m.Found {
			return &m
		}
	}
	return nil
}

// contract is the BatchNorm contract of the configuration; AsMode if it names none.
func (r Record) contract() BatchNorm {
	for b := AsMode; b <= Reestimated; b++ {
		if r.Config["batch norm"] == b.String() {
			return b
		}
	}
	return AsMode
}

// OtherVersions lists the modules whose version in this program differs from the recorded one, as "path: recorded → here", sorted.
func (r Record) OtherVersions() []string {
	var out []string
	here := versions()
	for path, version := range r.Versions {
		if v, ok := here[path]; ok && v != version {
			out = append(out, fmt.Sprintf("%s: %s → %s", path, version, v))
		}
	}
	slices.Sort(out)
	return out
}

// hashModel is the SHA-256 of the names of the operations that the loss and the predictions are made of, and that of the variables, other
// than weights, that they read.
func (p *Problem) hashModel(ctx context.Context, contract BatchNorm) (operations, state string, err error) {
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
			roots := append([]*graph.Node{t.loss}, t.predictions...)
			for _, n := range transform.Dependents(roots, t.weights) {
				fmt.Fprintln(h, n.Type(), n.Rank(), n.DType())
			}
			read = p.stateOf(t, roots)
		})
		if err != nil {
			return "", "", err
		}
		if contract == Reestimated { // the point's own statistics take the averages' place.
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
