package landscape

import (
	"context"
	"lossland/pkg/curve"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
)

// halfInputs are orthogonal, so that the loss of the minimum is 0 and its Hessian diagonal.
var halfInputs = [][]float32{{1, 1}, {1, -1}, {2, 2}, {-2, 2}}

// halfMinimum is representable in both 16-bit dtypes.
var halfMinimum = []float64{.75, -.5}

// half is a linear model with 16-bit weights at its minimum, computed in float32, and its loss at
// representable weights in plain Go.
func half(t *testing.T, dtype dtypes.DType) (p *Problem, loss func(w []float64) float64) {
	var labels []float32
	for _, x := range halfInputs {
		labels = append(labels, float32(halfMinimum[0])*x[0]+float32(halfMinimum[1])*x[1])
	}
	data := fixed{train.Batch{Inputs: []*tensors.Tensor{tensors.FromValue(halfInputs)},
		Labels: []*tensors.Tensor{tensors.FromValue(labels)}}}
	fn := func(scope *model.Scope, x *graph.Node) *graph.Node {
		var v *model.Variable
		if dtype == dtypes.BFloat16 {
			v = scope.VariableWithValue("w", []bfloat16.BFloat16{bfloat16.FromFloat32(.75),
				bfloat16.FromFloat32(-.5)})
		} else {
			v = scope.VariableWithValue("w", []float16.Float16{float16.FromFloat32(.75),
				float16.FromFloat32(-.5)})
		}
		w := graph.ConvertDType(v.NodeValue(x.Graph()), dtypes.Float32)
		return graph.ReduceSum(graph.Mul(x, graph.ExpandLeftToRank(w, 2)), 1)
	}
	p, err := NewProblem(quick(t), model.NewStore(), fn, squares, data, nil)
	require.NoError(t, err)
	return p, func(w []float64) (mean float64) {
		for i, x := range halfInputs {
			r := w[0]*float64(x[0]) + w[1]*float64(x[1]) - float64(labels[i])
			mean += r * r / float64(len(halfInputs))
		}
		return mean
	}
}

// rounded is the nearest representable point.
func rounded16(dtype dtypes.DType, w []float64) []float64 {
	out := make([]float64, len(w))
	for i, x := range w {
		out[i] = float64(bfloat16.FromFloat32(float32(x)).Float32())
		if dtype == dtypes.Float16 {
			out[i] = float64(float16.FromFloat32(float32(x)).Float32())
		}
	}
	return out
}

// A point between two representable ones is the nearest of them, whatever measures it.
func Test16BitPointsAreRounded(t *testing.T) {
	ctx := context.Background()
	for _, dtype := range []dtypes.DType{dtypes.BFloat16, dtypes.Float16} {
		t.Run(dtype.String(), func(t *testing.T) {
			p, loss := half(t, dtype)
			ray := curve.Ray{Origin: halfMinimum, Direction: []float64{.6, .8}, From: -.01, To: .01}
			plane := &Plane{Origin: halfMinimum, D1: []float64{.6, .8}, D2: []float64{.8, -.6}}
			for _, plain := range []bool{false, true} {
				l, err := p.Along(ctx, ray, AlongConfig{Points: 21, Plain: plain})
				require.NoError(t, err)
				for i, at := range l.T {
					want := loss(rounded16(dtype, ray.At(at)))
					require.InDelta(t, want, l.Loss[i].Value, 1e-10, "t = %g", at)
				}
				s, err := p.Surface(ctx, SurfaceConfig{Plane: plane, Resolution: 5, Range: .01,
					Execution: Execution{Plain: plain}})
				require.NoError(t, err)
				for i, a := range s.Loss.Alphas {
					for j, b := range s.Loss.Betas {
						want := loss(rounded16(dtype, plane.At(a, b)))
						require.InDelta(t, want, s.Loss.Value[i][j], 1e-10, "(%g, %g)", a, b)
					}
				}
				require.Equal(t, "rounded to 16 bits", s.Record.Config["points"])
				require.Equal(t, "true", s.Record.Config["plain"])
				require.Equal(t, "true", l.Record.Config["plain"])
			}
		})
	}
}

// Noise moves the weights to the nearest representable point, rounded once.
func Test16BitNoiseIsRoundedOnce(t *testing.T) {
	for _, dtype := range []dtypes.DType{dtypes.BFloat16, dtypes.Float16} {
		t.Run(dtype.String(), func(t *testing.T) {
			p, loss := half(t, dtype)
			g := Gaussian{Sigma: .003, Draws: 40}
			s := sharpness(t, here(t, p), g)
			want := 0.0
			for k := range 40 {
				z := g.withDefaults().draw(k, halfMinimum)
				floats.Add(z, halfMinimum)
				want += loss(rounded16(dtype, z)) / 40
			}
			require.InDelta(t, want, s.Value, 1e-9)
		})
	}
}

// largestAround is the largest loss of the representable points in a set, by looking at all.
func largestAround(dtype dtypes.DType, radius float64,
	loss, size func(w []float64) float64) float64 {
	best := 0.0
	step := math.Ldexp(1, -13) // finer than the spacing.
	near := func(c float64) (out []float64) {
		seen := make(map[float64]bool)
		for x := c - 2*radius; x <= c+2*radius; x += step {
			r := rounded16(dtype, []float64{x})[0]
			if !seen[r] {
				seen[r], out = true, append(out, r)
			}
		}
		return out
	}
	for _, a := range near(halfMinimum[0]) {
		for _, b := range near(halfMinimum[1]) {
			if w := []float64{a, b}; size(w) <= radius {
				best = math.Max(best, loss(w))
			}
		}
	}
	return best
}

// A worst case is never above the largest loss of the representable points in its ball.
func Test16BitWorstCaseStaysInItsBall(t *testing.T) {
	l2 := func(w []float64) float64 { return floats.Distance(w, halfMinimum, 2) }
	box := func(w []float64) float64 { return floats.Distance(w, halfMinimum, math.Inf(1)) }
	adaptive := func(w []float64) float64 {
		return math.Hypot((w[0]-halfMinimum[0])/halfMinimum[0],
			(w[1]-halfMinimum[1])/halfMinimum[1])
	}
	keskar := func(w []float64) float64 {
		return math.Max(math.Abs(w[0]-halfMinimum[0])/(1+math.Abs(halfMinimum[0])),
			math.Abs(w[1]-halfMinimum[1])/(1+math.Abs(halfMinimum[1])))
	}
	for _, dtype := range []dtypes.DType{dtypes.BFloat16, dtypes.Float16} {
		p, loss := half(t, dtype)
		for _, radius := range []float64{.003, .005, .0071, .01, .013, .02} {
			for _, c := range []struct {
				measure Measure
				size    func(w []float64) float64
				scale   float64
			}{
				{WorstCase{Radius: radius}, l2, 1},
				{WorstCase{Radius: radius, Norm: LInf}, box, 1},
				{WorstCase{Radius: radius, Adaptive: true}, adaptive, 1},
				{MSharpness{Radius: radius, M: 4}, l2, 1},
				{Keskar{Epsilon: radius}, keskar, 100},
			} {
				t.Run(dtype.String()+" "+c.measure.String(), func(t *testing.T) {
					most := largestAround(dtype, radius, loss, c.size)
					s := sharpness(t, here(t, p), c.measure)
					require.LessOrEqual(t, s.Value, c.scale*most*(1+1e-6))
				})
			}
		}
	}
}
