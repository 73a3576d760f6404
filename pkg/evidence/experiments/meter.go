package experiments

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/support/exceptions"
)

// meter measures a network on all examples of a data set.
type meter struct {
	net  network
	exec *graph.Exec
	x, y *tensors.Tensor
}

// level is how good a network is: the mean loss, summed in float64 from the logits on, and the
// share of right answers.
type level struct{ Loss, Accuracy float64 }

// newMeter compiles the measurement on a data set.
func newMeter(backend compute.Backend, net network, data *examples) (*meter, error) {
	m := &meter{net: net}
	m.x, m.y = data.tensors(net.DType)
	exec, err := graph.NewExec(backend, func(theta, x, y *graph.Node) *graph.Node {
		logits := graph.ConvertDType(net.logits(theta, x), dtypes.Float64)
		loss := graph.ReduceAllMean(net.perExample(logits, graph.ConvertDType(y, dtypes.Float64)))
		right := graph.Equal(graph.ArgMax(logits, -1), graph.ArgMax(y, -1))
		share := graph.ReduceAllMean(graph.ConvertDType(right, dtypes.Float64))
		return graph.Stack([]*graph.Node{loss, share}, 0)
	})
	m.exec = exec
	return m, err
}

// at measures at weights θ.
func (m *meter) at(theta []float64) (level, error) {
	t := tensorOf(m.net.DType, theta, len(theta))
	defer t.MustFinalizeAll()
	return m.of(t)
}

// of measures at weights that are on the device.
func (m *meter) of(theta *tensors.Tensor) (level, error) {
	outputs, err := m.exec.Call(theta, m.x, m.y)
	if err != nil {
		return level{}, err
	}
	defer outputs[0].MustFinalizeAll()
	values := valuesOf(outputs[0])
	return level{values[0], values[1]}, nil
}

// logits returns the outputs [N · classes] at θ.
func (m *meter) logits(backend compute.Backend, theta []float64) (values []float64, err error) {
	g := graph.NewGraph(backend, "logits")
	defer g.Finalize()
	err = exceptions.TryCatch[error](func() {
		w := graph.Parameter(g, "theta", shapes.Make(m.net.DType, len(theta)))
		x := graph.Parameter(g, "x", m.x.Shape())
		if err := g.Compile(m.net.logits(w, x)); err != nil {
			panic(err)
		}
		values = valuesOf(g.Run(tensorOf(m.net.DType, theta, len(theta)), m.x)[0])
	})
	return values, err
}
