package landscape

import (
	"context"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"

	"lossland/pkg/xla"
)

func TestBits(t *testing.T) {
	f, _ := os.Create(os.Getenv("BITS"))
	ctx := context.Background()
	two := func(y, z []*graph.Node) *graph.Node {
		a := loss.SparseCategoricalCrossEntropyLogits(y, z)
		return graph.Sub(graph.MulScalar(a, 3), graph.Neg(graph.DivScalar(graph.ReduceAllMean(graph.Square(z[0])), 7)))
	}
	per := func(y, z []*graph.Node) *graph.Node { return graph.Square(z[0]) }
	data := randomBatches(2, 8, 10, 40, 40, 13)
	for name, l := range map[string]train.LossFn{"ce": crossEntropy, "two": two, "per": per} {
		store := busyStore(t, data)
		acc := Metric{"acc", func(y, z []*graph.Node) *graph.Node {
			return graph.Squeeze(graph.ConvertDType(graph.Equal(y[0], graph.ArgMax(z[0], -1, y[0].DType())), z[0].DType()))
		}}
		_ = acc
		p, err := NewProblem(xla.MustOpen(), store, busy, l, data, nil)
		if err != nil {
			t.Fatal(err)
		}
		at := here(t, p)
		e, _ := at.Loss(ctx)
		put := func(k string, xs ...float64) {
			for _, x := range xs {
				fmt.Fprintf(f, "%s %s %x\n", name, k, math.Float64bits(x))
			}
		}
		put("loss", e.Loss.Value, e.Loss.StdErr, e.Data.Value, e.Data.StdErr)
		g, _ := at.Gradient(ctx)
		put("grad", g...)
		plane, _ := p.RandomPlane(1)
		for _, plain := range []bool{true, false} {
			s, err := p.Surface(ctx, SurfaceConfig{Plane: plane, Alphas: []float64{-1, 1}, Betas: []float64{0, 0.3}, Execution: Execution{Plain: plain}})
			if err != nil {
				t.Fatal(err)
			}
			for i := range s.Loss.Value {
				put("surf", s.Loss.Value[i]...)
				put("surf", s.Loss.StdErr[i]...)
			}
			r, err := p.Along(ctx, Ray{Origin: at.theta, Direction: plane.D1}, AlongConfig{Points: 5, Plain: plain})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range append(append([]Estimate{r.Mean}, r.Loss...), r.Rise...) {
				put("along", e.Value, e.StdErr)
			}
		}
		panel, err := at.Sharpness(ctx, Gaussian{Draws: 4}, WorstCase{Restarts: 1, Steps: 3}, LambdaMax{})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range panel {
			put(s.Measure.String(), s.Value)
		}
		rec, err := p.completeRecord(ctx, Record{}, BatchNormAsMode)
		fmt.Fprintln(f, name, rec.Model, rec.Data, rec.State)
	}
}
