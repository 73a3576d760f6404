package trajectory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"lossland/internal/atomicfile"
	"lossland/internal/numpy"
	"lossland/pkg/landscape"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/sbinet/npyio/npy"
)

// RecorderConfig is what NewRecorder takes. Its zero value records every step, in memory.
type RecorderConfig struct {
	// Every is the number of steps after which the weights are kept. They are also kept before the
	// first step. Range: at least 1.
	// Default 1.
	Every int
	// MaxPoints bounds the memory of a recorder without Dir. When it is reached, Every is doubled
	// and the points that aren't multiples of it are dropped. So the points stay equally spaced,
	// except for the first and the last. With Dir there is no bound.
	// Range: at least 4. Default 1000.
	MaxPoints int
	// Dir is a folder to record to, with one NumPy file (.npy) per point. Training that resumes
	// from a checkpoint may go on recording to the same folder. It replaces the points of the
	// interrupted run after the step at which it resumes.
	// Default: in memory.
	Dir string
}

// Recorder records the weights during training. Attach it to a train.Loop before the loop runs.
type Recorder struct {
	p     *landscape.Problem
	cfg   RecorderConfig
	steps []int
	mem   [][]float64 // nil with Dir.
}

// NewRecorder makes a recorder of the weights in the problem's store. That store must be the one
// that is trained.
func NewRecorder(p *landscape.Problem, cfg RecorderConfig) (*Recorder, error) {
	if cfg.Every == 0 {
		cfg.Every = 1
	}
	if cfg.MaxPoints == 0 {
		cfg.MaxPoints = 1000
	}
	if p == nil {
		return nil, bad("NewRecorder", "p", "nil", "a problem, whose weights are recorded")
	}
	if cfg.Every < 1 {
		return nil, bad("NewRecorder", "RecorderConfig.Every", cfg.Every,
			"at least 1, or 0 for the default of 1")
	}
	if cfg.MaxPoints < 4 {
		return nil, bad("NewRecorder", "RecorderConfig.MaxPoints", cfg.MaxPoints,
			"at least 4, or 0 for the default of 1000")
	}
	r := &Recorder{p: p, cfg: cfg}
	if cfg.Dir == "" {
		return r, nil
	}
	return r, r.openFolder()
}

// Attach makes the loop call the recorder at its start, after each step, and at its end. The last
// weights are kept even if Every wouldn't keep them. A recorder may be attached to several loops in
// turn.
func (r *Recorder) Attach(loop *train.Loop) {
	const last = 100 // after other hooks.
	loop.OnStart("trajectory.Recorder", last, func(loop *train.Loop, _ train.Dataset) error {
		return r.keep(loop.LoopStep, false)
	})
	loop.OnStep("trajectory.Recorder", last, func(loop *train.Loop, _ []*tensors.Tensor) error {
		if done := loop.LoopStep + 1; done%r.cfg.Every == 0 {
			return r.keep(done, false)
		}
		return nil
	})
	loop.OnEnd("trajectory.Recorder", last, func(loop *train.Loop, _ []*tensors.Tensor) error {
		if len(r.steps) > 0 && r.steps[len(r.steps)-1] == loop.LoopStep {
			return nil
		}
		return r.keep(loop.LoopStep, true)
	})
}

// keep keeps the weights as they are after so many steps; end says that the training ends here.
func (r *Recorder) keep(step int, end bool) error {
	theta, err := r.p.Weights()
	if err != nil {
		return err
	}
	if err := r.forget(step); err != nil {
		return err
	}
	r.steps = append(r.steps, step)
	if r.cfg.Dir != "" {
		write := func(w io.Writer) error { return npy.Write(w, r.narrow(theta)) }
		return r.write(r.file(step), write)
	}
	r.mem = append(r.mem, theta)
	if len(r.mem) >= r.cfg.MaxPoints {
		r.thin(end)
	}
	return nil
}

// forget drops points at step and later.
func (r *Recorder) forget(step int) error {
	for len(r.steps) > 0 && r.steps[len(r.steps)-1] >= step {
		last := len(r.steps) - 1
		if r.cfg.Dir == "" {
			r.mem = r.mem[:last]
		} else if err := os.RemoveAll(r.file(r.steps[last])); err != nil {
			return fmt.Errorf("trajectory: Recorder: %w", err)
		}
		r.steps = r.steps[:last]
	}
	return nil
}

// thin doubles Every and keeps the first point, those that are on the new beat and, at the end, the
// last.
func (r *Recorder) thin(end bool) {
	r.cfg.Every *= 2
	n := 0
	for i, step := range r.steps {
		if step%r.cfg.Every == 0 || i == 0 || end && i == len(r.steps)-1 {
			r.steps[n], r.mem[n] = step, r.mem[i]
			n++
		}
	}
	clear(r.mem[n:])
	r.steps, r.mem = r.steps[:n], r.mem[:n]
}

// Trajectory returns what was recorded so far. A trajectory on disk is read point by point as it is
// used.
func (r *Recorder) Trajectory() (*Trajectory, error) {
	if len(r.steps) == 0 {
		return nil, fmt.Errorf("trajectory: Recorder: nothing recorded yet: " +
			"attach it to a train.Loop and run that")
	}
	if r.cfg.Dir == "" {
		return New(slices.Clone(r.steps), slices.Clone(r.mem))
	}
	return &Trajectory{slices.Clone(r.steps), r.p.Params().Len(), r.readPoint}, nil
}

func (r *Recorder) file(step int) string {
	return filepath.Join(r.cfg.Dir, fmt.Sprintf("step_%09d.npy", step))
}

// write writes a file of the folder, which appears when it is complete.
func (r *Recorder) write(path string, write func(io.Writer) error) error {
	if err := atomicfile.WriteTo(path, write); err != nil {
		return fmt.Errorf("trajectory: Recorder: writing %s: %w", path, err)
	}
	return nil
}

// narrow is θ in float32 if all weights are of that precision or less.
func (r *Recorder) narrow(theta []float64) any {
	for _, e := range r.p.Params().List() {
		if e.Shape.DType == dtypes.Float64 {
			return theta
		}
	}
	out := make([]float32, len(theta))
	for i, x := range theta {
		out[i] = float32(x)
	}
	return out
}

// readPoint reads a recorded point. A file may be of float32 or float64.
func (r *Recorder) readPoint(i int) ([]float64, error) {
	content, err := os.ReadFile(r.file(r.steps[i]))
	if err != nil {
		return nil, err
	}
	return numpy.Floats(content)
}

// layoutFile names the variables of a recorded weight vector.
const layoutFile = "layout.json"

type layoutEntry struct {
	Path  string `json:"path"`
	Shape []int  `json:"shape"`
	DType string `json:"dtype"`
}

// layout is that of the problem's weight vectors.
func (r *Recorder) layout() (layout []layoutEntry) {
	for _, e := range r.p.Params().List() {
		shape := append([]int{}, e.Shape.Dimensions...)
		layout = append(layout, layoutEntry{e.Path, shape, e.Shape.DType.String()})
	}
	return layout
}

// openFolder creates the folder, or goes on with what is in it.
func (r *Recorder) openFolder() error {
	layout := r.layout()
	path := filepath.Join(r.cfg.Dir, layoutFile)
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if err := os.MkdirAll(r.cfg.Dir, 0o755); err != nil {
			return fmt.Errorf("trajectory: NewRecorder: %w", err)
		}
		return r.write(path, func(w io.Writer) error { return json.NewEncoder(w).Encode(layout) })
	}
	if err != nil {
		return fmt.Errorf("trajectory: NewRecorder: %w", err)
	}
	var found []layoutEntry
	if err := json.Unmarshal(content, &found); err != nil {
		return fmt.Errorf("trajectory: NewRecorder: %s: %w", path, err)
	}
	if !reflect.DeepEqual(found, layout) {
		return bad("NewRecorder", "RecorderConfig.Dir", fmt.Sprintf(
			"%s, a recording of another model (%s)", r.cfg.Dir, firstDifference(found, layout)),
			"an empty folder, or a recording of this model to go on with")
	}
	return r.findSteps()
}

// findSteps lists the points that are in the folder.
func (r *Recorder) findSteps() error {
	files, err := filepath.Glob(filepath.Join(r.cfg.Dir, "step_*.npy"))
	if err != nil {
		return fmt.Errorf("trajectory: NewRecorder: %w", err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".npy")
		step, err := strconv.Atoi(strings.TrimPrefix(name, "step_"))
		if err != nil {
			return fmt.Errorf("trajectory: NewRecorder: %s is no recorded point", f)
		}
		r.steps = append(r.steps, step)
	}
	slices.Sort(r.steps)
	return nil
}

func firstDifference(found, want []layoutEntry) string {
	for i := range min(len(found), len(want)) {
		if !reflect.DeepEqual(found[i], want[i]) {
			return fmt.Sprintf("its variable %d is %v, not %v", i, found[i], want[i])
		}
	}
	return fmt.Sprintf("it has %d variables, not %d", len(found), len(want))
}
