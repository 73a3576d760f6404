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
	Versions   map[string]string `json:"versions"`          // of the module, GoMLX, the backend and its plugin.
	Weights    string            `json:"weights_sha256"`    // of the origin's weights, see HashWeights.
	Directions string            `json:"directions_sha256"` // of the plane's directions; empty where there are none.
	Data       string            `json:"data_sha256"`       // of the data set, whatever its batches.
	// Model is a hash of the operations that make up the loss and its predictions, by name and in order: it tells ReLU from tanh, and doesn't
	// hold sizes (those of weights and data are in the hashes above) or constants.
	Model string `json:"model_sha256"`
}

// Mismatch is the error for a result that belongs to another problem: it names what differs.
type Mismatch struct {
	What            string // "data", "weights", "model", "mode".
	Recorded, Found string
}

// Error implements error.
func (m *Mismatch) Error() string {
	return fmt.Sprintf("landscape: the record is of other %s: recorded %s, found %s", m.What, m.Recorded, m.Found)
}

// Check returns a [*Mismatch] unless the record was made with the problem's data, model, mode and current weights. Versions may differ: see
// OtherVersions. Cost: one tracing of the model, and one reading of the data where it wasn't hashed yet.
func (r Record) Check(ctx context.Context, p *Problem) error {
	data, err := p.data.hash(ctx)
	if err != nil {
		return err
	}
	theta, err := p.Weights()
	if err != nil {
		return err
	}
	model, err := p.hashModel(ctx)
	if err != nil {
		return err
	}
	for _, m := range []Mismatch{
		{"data", r.Data, data},
		{"weights", r.Weights, HashWeights(theta)},
		{"mode", r.Config["mode"], p.cfg.Mode.String()},
		{"model", r.Model, model},
	} {
		if m.Recorded != m.Found {
			return &m
		}
	}
	return nil
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

// hashModel is the SHA-256 of the names of the operations that the loss and the predictions are made of.
func (p *Problem) hashModel(ctx context.Context) (string, error) {
	for b, err := range p.data.all(ctx) {
		if err != nil {
			return "", err
		}
		g := graph.NewGraph(p.backend, "landscape: record")
		defer g.Finalize()
		h := sha256.New()
		err := catch("tracing the model", func() {
			t := p.trace(g, b)
			for _, n := range transform.Dependents(append([]*graph.Node{t.loss}, t.predictions...), t.weights) {
				fmt.Fprintln(h, n.Type(), n.Rank(), n.DType())
			}
		})
		return hex.EncodeToString(h.Sum(nil)), err
	}
	return "", ErrNoData
}
