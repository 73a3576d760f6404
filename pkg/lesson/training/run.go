package training

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"lossland/pkg/landscape"
	"lossland/pkg/lesson/datasets"
)

// Run is a training that was done, and the trained model.
type Run struct {
	Model Model

	// Store holds the trained variables: with Model.Graph it makes the model, for
	// [landscape.NewProblem] too.
	Store *model.Store

	Record

	loss    Loss
	backend compute.Backend
}

// Score measures the trained model on other data, such as a corrupted test set.
func (r *Run) Score(ctx context.Context, d *datasets.Data) (Score, error) {
	if err := d.Check(); err != nil {
		return Score{}, err
	}
	e, err := newScorer(r.backend, r.Store, r.Model, r.loss)
	if err != nil {
		return Score{}, err
	}
	defer e.close()
	return e.score(ctx, d)
}

// Problem returns the landscape of the trained model's loss on d, with [Accuracy] as a metric where
// there are labels. cfg may be nil.
func (r *Run) Problem(d *datasets.Data, cfg *landscape.Config) (*landscape.Problem, error) {
	lossFn, err := r.loss.fn(d)
	if err != nil {
		return nil, err
	}
	set, err := d.EvaluationSet(r.backend, min(scoreBatch, d.Len()))
	if err != nil {
		return nil, err
	}
	var config landscape.Config
	if cfg != nil {
		config = *cfg
	}
	if config.Metrics == nil && d.Labels != nil {
		config.Metrics = []landscape.Metric{Accuracy}
	}
	return landscape.NewProblem(r.backend, r.Store, r.Model.Graph, lossFn, set, &config)
}

// hash identifies the trained network and its loss.
func (r *Run) hash() string {
	h := sha256.New()
	write := func(s string) { // a hash never fails
		_ = binary.Write(h, binary.LittleEndian, int64(len(s)))
		h.Write([]byte(s))
	}
	write(r.Model.Name())
	write(string(r.loss))
	for _, v := range r.Final {
		write(v.Path)
		write(string(v.Bytes))
	}
	return hex.EncodeToString(h.Sum(nil))
}
