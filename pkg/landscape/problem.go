package landscape

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"

	"lossland/internal/absent"
	"lossland/internal/modelfn"
)

// Mode is how the model is traced, for layers that behave differently in training and in use.
type Mode int

const (
	// Inference: dropout off, BatchNorm uses its moving averages. The default.
	Inference Mode = iota
	// Training: BatchNorm uses the statistics of each batch, and its moving averages are left as
	// they are. A model with dropout is refused (ErrRandom), since two evaluations at the same
	// weights would differ.
	Training
)

// String names the mode: "inference" or "training".
func (m Mode) String() string {
	if m == Training {
		return "training"
	}
	return "inference"
}

// Metric is a number measured beside the loss in the same pass.
type Metric struct {
	// Name is for people, such as "accuracy".
	Name string
	// PerExample returns one value for each example, of any float dtype and shape [batch], or
	// [batch, …], which is averaged over the other axes.
	PerExample func(labels, predictions []*graph.Node) *graph.Node
}

// NeverResident, as Config.MaxResidentBytes, reads the data set again for every pass, however
// small it is.
const NeverResident = -1

// defaultResidentBytes is the default of Config.MaxResidentBytes.
const defaultResidentBytes = 1 << 30

// Config is what NewProblem takes beside the required. Its zero value is the documented default.
type Config struct {
	// Mode is how the model is traced. Default: Inference.
	Mode Mode
	// WithoutRegularizer leaves out of the loss what the model adds with
	// train.AddRegularizationLoss. Default: the loss that training minimises.
	WithoutRegularizer bool
	// Metrics are measured beside the loss. Default: none.
	Metrics []Metric
	// MaxResidentBytes is how large a data set may be to be kept in memory, and on the device,
	// between passes. A larger one is read again for every pass.
	// Default: 1 GiB; NeverResident keeps none.
	MaxResidentBytes int64
	// MaxExamples is the size at which a data set is taken to be endless, which is an error.
	// Default: 10 million; and data that, read for 2 s, has come 4 times over is endless, too.
	MaxExamples int
}

// Problem is a loss as a function of the weights: L(θ), the loss of the whole data set. See the
// package's comment.
type Problem struct {
	backend compute.Backend
	store   *model.Store
	modelFn train.ModelFn
	lossFn  train.LossFn
	cfg     Config
	data    *batches
	params  *Params
	form    *form    // nil while it isn't known: the loss is traced as it is.
	idle    []string // see Idle.
	// compiled is code that measurements keep for the next of their kind, by keys of their own.
	compiled map[any]closer
	block    int // examples of a sweep's blocks, in tests; 0: as transform.BlockSize says.
}

// NewProblem makes a problem of what train.NewTrainer takes, and a data set.
//
// data must be finite and yield the same batches at every pass: their sizes are compiled in. Where
// it is read again for every pass, each batch is compared with that of the first by a hash of up to
// 1 MiB of each tensor (about 0.1 ms): other data is ErrDataChanged. lossFn may be nil if the model
// adds its loss with train.AddMainLoss. A nil cfg stands for the zero Config.
//
// θ is made of the trainable float variables that the loss reads: whose values reach it in the
// traced graph. The others are Idle.
//
// It reads the data once, traces the model for the first batch and for one of twice its size (to
// tell a mean from a sum, see LossForm), and initialises the store's variables if they aren't yet.
// Where the loss has denominators these are summed in a second pass. Integer labels that are no
// class and count in the loss are refused. Errors: ErrNoData, ErrNoWeights, ErrNotScalar,
// ErrRandom, ErrUnequalBatches.
func NewProblem[M train.ModelFnCompatible](backend compute.Backend, store *model.Store, modelFn M,
	lossFn train.LossFn, data train.Dataset, cfg *Config) (*Problem, error) {
	if err := noneNil(backend, store, modelFn, data); err != nil {
		return nil, err
	}
	p := &Problem{backend: backend, store: store, modelFn: modelfn.Canonical(modelFn),
		lossFn: lossFn, compiled: make(map[any]closer)}
	if cfg != nil {
		p.cfg = *cfg
	}
	if err := p.cfg.check(); err != nil {
		return nil, err
	}
	if p.cfg.MaxResidentBytes == 0 {
		p.cfg.MaxResidentBytes = defaultResidentBytes
	}
	var err error
	p.data, err = readBatches(context.Background(), backend, data, p.cfg.MaxResidentBytes,
		p.cfg.MaxExamples)
	if err != nil {
		return nil, err
	}
	return p, p.discover()
}

// check refuses what isn't a choice.
func (cfg *Config) check() error {
	switch {
	case cfg.Mode != Inference && cfg.Mode != Training:
		return bad("NewProblem", "Config.Mode", int(cfg.Mode), "Inference or Training")
	case cfg.MaxExamples < 0:
		return bad("NewProblem", "Config.MaxExamples", cfg.MaxExamples,
			"at least 1, or 0 for the default of 10 million")
	}
	names := make(map[string]bool)
	for i, m := range cfg.Metrics {
		field := fmt.Sprintf("Config.Metrics[%d]", i)
		switch {
		case m.PerExample == nil:
			return bad("NewProblem", field+".PerExample", "nil", "a function")
		case names[m.Name]:
			return bad("NewProblem", field+".Name", fmt.Sprintf("%q again", m.Name),
				"another name for each metric")
		}
		names[m.Name] = true
	}
	return nil
}

// noneNil refuses what a problem can't be made of.
func noneNil(backend compute.Backend, store *model.Store, modelFn any, data train.Dataset) error {
	for _, a := range []struct {
		name, want string
		missing    bool
	}{
		{"backend", "a backend, such as xla.MustOpen()", absent.Is(backend)},
		{"store", "the store of the model's variables", store == nil},
		{"modelFn", "the function that builds the model", absent.Is(modelFn)},
		{"data", "a data set", absent.Is(data)},
	} {
		if a.missing {
			return bad("NewProblem", a.name, "nil", a.want)
		}
	}
	return nil
}

// discover traces the loss on the first batch. It creates and initialises variables, and finds the
// trainable ones that the loss reads.
func (p *Problem) discover() error {
	for b, err := range p.data.all(context.Background()) {
		if err != nil {
			return err
		}
		g := graph.NewGraph(p.backend, "landscape: discover")
		defer g.Finalize()
		var t *traced
		if err := catch("tracing the model", func() { t = p.trace(g, b) }); err != nil {
			return err
		}
		if err := p.checkLoss(t); err != nil {
			return err
		}
		if err := p.store.InitializeVariables(p.backend, nil); err != nil {
			return fmt.Errorf("landscape: initialising the store: %w", err)
		}
		if err := p.findWeights(t); err != nil {
			return err
		}
		t.readWeights(p)
		if err := p.readForm(t, shapeOf(b)); err != nil {
			return err
		}
		if err := catch("reading the metrics", t.readMetrics); err != nil {
			return err
		}
		if err := p.checkMetrics(t); err != nil {
			return err
		}
		return p.checkLabels(t)
	}
	return ErrNoData
}

// Store is the store that the problem was made with.
func (p *Problem) Store() *model.Store { return p.store }

// Params is the layout of this problem's weight vectors.
func (p *Problem) Params() *Params { return p.params }

// Examples is N, the number of examples in the data set.
func (p *Problem) Examples() int { return p.data.examples }

// Weights returns a copy of the store's current weights, θ.
func (p *Problem) Weights() ([]float64, error) { return p.params.values() }

// SetWeights writes θ to the store, rounded to each variable's dtype. It is the only method that
// changes the store.
// It refuses what isn't finite.
func (p *Problem) SetWeights(theta []float64) error {
	if err := p.checkPoint("SetWeights", "theta", theta); err != nil {
		return err
	}
	return p.params.set("SetWeights", theta)
}

// checkPoint returns an error unless v is a weight vector of finite numbers.
func (p *Problem) checkPoint(fn, name string, v []float64) error {
	if err := p.params.check(fn, name, v); err != nil {
		return err
	}
	if k := notFinite(v); k >= 0 {
		return bad(fn, fmt.Sprintf("%s[%d]", name, k), v[k], "finite numbers")
	}
	return nil
}

// closer is what holds compiled code.
type closer interface{ close() }

// keep returns the problem's compiled code under key, and makes it if there is none.
func keep[C closer](p *Problem, key any, build func() C) C {
	if c, ok := p.compiled[key]; ok {
		return c.(C)
	}
	c := build()
	p.compiled[key] = c
	return c
}

// Close frees the code that measurements compiled and kept. The problem can still be used: it
// compiles anew.
func (p *Problem) Close() {
	for key, c := range p.compiled {
		c.close()
		delete(p.compiled, key)
	}
}
