package landscape

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/result"
)

// TestProjectedLBFGSInside finds a maximum in the interior of the box, where the quasi-Newton steps
// matter.
func TestProjectedLBFGSInside(t *testing.T) {
	a := analytic.Rosenbrock()
	evaluations := 0
	f := func(y []float64) (sample, error) {
		evaluations++
		g := make([]float64, 2)
		a.Gradient(g, y)
		floats.Scale(-1, g)
		return sample{-a.Value(y), g}, nil
	}
	best, status, err := maximize(f, []float64{-1.2, 1}, []float64{2, 2}, 100)
	require.NoError(t, err)
	require.NotEqual(t, result.MaxIterations, status)
	require.InDelta(t, 0, best, 1e-8)
	require.Less(t, evaluations, 120)
	// With a bound that cuts the minimum off: x ≤ ½ leaves (½, ¼) with the value ¼.
	best, _, err = maximize(f, []float64{-0.4, 0.4}, []float64{0.5, 2}, 200)
	require.NoError(t, err)
	require.InDelta(t, -0.25, best, 1e-6)
	_, status, err = maximize(f, []float64{-1.2, 1}, []float64{2, 2}, 3)
	require.NoError(t, err)
	require.Equal(t, result.MaxIterations, status)
	// A gradient that points the wrong way: the line search finds nothing higher.
	wrong := func(y []float64) (sample, error) { return sample{y[0], []float64{-1, 0}}, nil }
	_, status, err = maximize(wrong, []float64{0, 0}, []float64{1, 1}, 10)
	require.NoError(t, err)
	require.Equal(t, result.Stalled, status)
}

// TestDirectionIsBFGS: the two-loop recursion is the gradient times the inverse Hessian that BFGS
// builds from the same pairs (Nocedal and Wright 2006, eq. 6.17), beginning at sᵀy/yᵀy of the last.
func TestDirectionIsBFGS(t *testing.T) {
	const n = 5
	var memory pairs
	dense := mat.NewDense(n, n, nil)
	for k := range uint64(3) {
		s, y := randomVector(10+k, n), randomVector(20+k, n)
		floats.AddScaled(y, 3, s)
		require.Positive(t, floats.Dot(s, y))
		memory = append(memory, struct{ s, y []float64 }{s, y})
	}
	last := memory[len(memory)-1]
	for i := range n {
		dense.Set(i, i, floats.Dot(last.s, last.y)/floats.Dot(last.y, last.y))
	}
	for _, p := range memory {
		s, y := mat.NewVecDense(n, p.s), mat.NewVecDense(n, p.y)
		rho := 1 / mat.Dot(s, y)
		left := mat.NewDense(n, n, nil)
		for i := range n {
			left.Set(i, i, 1)
		}
		left.RankOne(left, -rho, s, y)
		var inside, next mat.Dense
		inside.Mul(left, dense)
		next.Mul(&inside, left.T())
		next.RankOne(&next, rho, s, s)
		dense.Copy(&next)
	}
	gradient := randomVector(30, n)
	var want mat.VecDense
	want.MulVec(dense, mat.NewVecDense(n, gradient))
	require.Positive(t, floats.Dot(want.RawVector().Data, gradient))
	require.InDeltaSlice(t, want.RawVector().Data, memory.direction(gradient), 1e-12)
}
