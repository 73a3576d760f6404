package transform

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// GradientCheck is what [CheckGradient] found: derivatives of one function, each in several ways.
type GradientCheck struct {
	// Reverse, Forward and Central are the slope along the direction by reverse mode (⟨∇f, v⟩), by
	// forward mode (JVP) and by central differences of f.
	Reverse, Forward, Central float64
	// FirstOrder is the largest difference between two of them, relative to the largest magnitude
	// of the terms ∂f/∂xᵢ·vᵢ that they sum.
	FirstOrder float64
	// SecondOrder is ‖Hv − D‖/max(‖Hv‖, ‖D‖), where Hv is the exact product (HVP) and D the central
	// difference of the gradient; 0 where both are 0.
	SecondOrder float64
	// Step is the distance from the point along the unit direction at which the differences were
	// taken.
	Step float64
}

// Check returns an error unless both orders agree to within tol. Reasonable tolerances are 1e-6 in
// float64 and 1e-2 in float32, since a central difference loses a third of the digits.
func (c GradientCheck) Check(tol float64) error {
	if !(c.FirstOrder <= tol && c.SecondOrder <= tol) { // also if NaN.
		return fmt.Errorf("transform: derivatives disagree beyond %g: %+v", tol, c)
	}
	return nil
}

// CheckGradient compares reverse mode, forward mode and central differences of the function that
// build makes, at the point at and along a random direction drawn from seed. A function that isn't
// a scalar is contracted with random weights. The inputs must all be Float32 or all Float64.
//
// The step is ε^⅓·(1 + ‖x‖), with ε the dtype's rounding unit: it balances the truncation error (∝
// step²) with the rounding error (∝ ε/step), leaving a relative error of about ε^⅔ (4e-11 in
// float64, 3e-5 in float32). A function with a kink within that step of the point will disagree.
func CheckGradient(
	backend compute.Backend, build func(x []*graph.Node) *graph.Node, at []*tensors.Tensor,
	seed uint64,
) (GradientCheck, error) {
	r := rand.New(rand.NewPCG(seed, 0))
	var squares float64
	args := make([]any, 0, 2*len(at))
	for _, x := range at {
		n, err := squaredNorm(x)
		if err != nil {
			return GradientCheck{}, err
		}
		squares += n
		args = append(args, x)
	}
	directions, err := unitDirection(r, at)
	if err != nil {
		return GradientCheck{}, err
	}
	for _, d := range directions {
		args = append(args, d)
	}
	step := math.Cbrt(roundingUnit(at[0].DType())) * (1 + math.Sqrt(squares))
	out, err := graph.CallOnceN(backend, func(in []*graph.Node) []*graph.Node {
		return differentiate(build, in[:len(at)], in[len(at):], step, r)
	}, args...)
	if err != nil {
		return GradientCheck{}, err
	}
	v := make([]float64, len(out))
	for i, t := range out {
		v[i] = t.Value().(float64)
	}
	scale := math.Max(v[3], math.Max(math.Abs(v[0]), math.Abs(v[2])))
	spread := math.Max(math.Abs(v[0]-v[1]), math.Max(math.Abs(v[0]-v[2]), math.Abs(v[1]-v[2])))
	return GradientCheck{Reverse: v[0], Forward: v[1], Central: v[2],
		FirstOrder: ratio(spread, scale), SecondOrder: ratio(v[4], v[5]), Step: step}, nil
}

// ratio is a/b, and 0 where both are 0.
func ratio(a, b float64) float64 {
	if a == 0 && b == 0 {
		return 0
	}
	return a / b
}

// differentiate builds the scalars that CheckGradient compares: the slope in three ways, the
// largest term of it, and the norms of the difference of the two second-order results and of the
// larger of them.
func differentiate(
	build func([]*graph.Node) *graph.Node, x, v []*graph.Node, step float64, r *rand.Rand,
) []*graph.Node {
	var contraction *graph.Node
	scalar := func(x []*graph.Node) *graph.Node {
		y := build(x)
		if contraction == nil {
			contraction = randomLike(y, r)
		}
		return graph.ReduceAllSum(graph.Mul(y, contraction))
	}
	moved := func(by float64) []*graph.Node {
		to := make([]*graph.Node, len(x))
		for i := range x {
			to[i] = graph.Add(x[i], graph.MulScalar(v[i], by))
		}
		return to
	}
	f, xUp, xDown := scalar(x), moved(step), moved(-step)
	up, down := scalar(xUp), scalar(xDown)
	gUp, gDown := Gradient(up, xUp...), Gradient(down, xDown...)
	products, gradient := HVP(f, x, [][]*graph.Node{v})
	forward := JVP([]*graph.Node{f}, x, v)[0]

	g := f.Graph()
	zero := graph.ScalarZero(g, dtypes.Float64)
	reverse, largest, difference, exact, central := zero, zero, zero, zero, zero
	wide := func(n *graph.Node) *graph.Node { return graph.ConvertDType(n, dtypes.Float64) }
	square := func(n *graph.Node) *graph.Node { return graph.ReduceAllSum(graph.Square(n)) }
	for i := range x {
		terms := wide(graph.Mul(gradient[i], v[i]))
		reverse = graph.Add(reverse, graph.ReduceAllSum(terms))
		largest = graph.Max(largest, graph.ReduceAllMax(graph.Abs(terms)))
		d := graph.DivScalar(graph.Sub(wide(gUp[i]), wide(gDown[i])), 2*step)
		h := wide(products[0][i])
		difference = graph.Add(difference, square(graph.Sub(h, d)))
		exact, central = graph.Add(exact, square(h)), graph.Add(central, square(d))
	}
	slope := graph.DivScalar(graph.Sub(wide(up), wide(down)), 2*step)
	return []*graph.Node{reverse, wide(forward), slope, largest, graph.Sqrt(difference),
		graph.Sqrt(graph.Max(exact, central))}
}

// randomLike is a constant of y's shape, uniform on [½, 1½).
func randomLike(y *graph.Node, r *rand.Rand) *graph.Node {
	values := make([]float64, y.Shape().Size())
	for i := range values {
		values[i] = 0.5 + r.Float64()
	}
	flat := graph.ConvertDType(graph.Const(y.Graph(), values), y.DType())
	return graph.Reshape(flat, y.Shape().Dimensions...)
}

// unitDirection draws one vector of length 1 in the layout of at.
func unitDirection(r *rand.Rand, at []*tensors.Tensor) ([]*tensors.Tensor, error) {
	var squares float64
	draws := make([][]float64, len(at))
	for i, x := range at {
		draws[i] = make([]float64, x.Shape().Size())
		for j := range draws[i] {
			draws[i][j] = r.NormFloat64()
			squares += draws[i][j] * draws[i][j]
		}
	}
	out := make([]*tensors.Tensor, len(at))
	for i, x := range at {
		switch x.DType() {
		case dtypes.Float64:
			out[i] = scaled[float64](draws[i], math.Sqrt(squares), x)
		case dtypes.Float32:
			out[i] = scaled[float32](draws[i], math.Sqrt(squares), x)
		default:
			return nil, fmt.Errorf("transform: CheckGradient: input %d has dtype %s; want Float32 "+
				"or Float64", i, x.DType())
		}
	}
	return out, nil
}

func scaled[T float32 | float64](
	draws []float64, norm float64, like *tensors.Tensor,
) *tensors.Tensor {
	flat := make([]T, len(draws))
	for i, x := range draws {
		flat[i] = T(x / norm)
	}
	return tensors.FromFlatDataAndDimensions(flat, like.Shape().Dimensions...)
}

func squaredNorm(x *tensors.Tensor) (sum float64, err error) {
	switch x.DType() {
	case dtypes.Float64:
		err = tensors.ConstFlatData(x, func(v []float64) { sum = squares(v) })
	case dtypes.Float32:
		err = tensors.ConstFlatData(x, func(v []float32) { sum = squares(v) })
	}
	return sum, err
}

func squares[T float32 | float64](v []T) (sum float64) {
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return sum
}

// roundingUnit is half the distance from 1 to the next number of the dtype.
func roundingUnit(d dtypes.DType) float64 {
	if d == dtypes.Float64 {
		return 0x1p-53
	}
	return 0x1p-24
}
