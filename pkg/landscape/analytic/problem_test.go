package analytic

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/xla"
)

// eachProblem runs a subtest for every problem of the table.
func eachProblem(t *testing.T, test func(t *testing.T, p Problem)) {
	t.Helper()
	for _, p := range Problems() {
		t.Run(p.Name, func(t *testing.T) { test(t, p) })
	}
}

// somewhere returns three points near the problem's start.
func somewhere(p Problem) [][]float64 {
	rng := rand.New(rand.NewPCG(7, 0))
	points := make([][]float64, 3)
	for i := range points {
		points[i] = slices.Clone(p.Start)
		for j := range points[i] {
			points[i][j] += 0.4 * rng.NormFloat64()
		}
	}
	return points
}

// near fails unless |got−want| ≤ tol·(1+largest |want|) in every entry.
func near(t *testing.T, what string, got, want []float64, tol float64) {
	t.Helper()
	require.Len(t, got, len(want), what)
	scale := 1.0
	for _, x := range want {
		scale = math.Max(scale, 1+math.Abs(x))
	}
	for i := range want {
		if diff := math.Abs(got[i] - want[i]); !(diff <= tol*scale) {
			t.Errorf("%s: entry %d is %v, want %v: |diff| %.2e is %.1f times the tolerance",
				what, i, got[i], want[i], diff, diff/(tol*scale))
			return
		}
	}
}

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range Problems() {
		assert.False(t, seen[p.Name], p.Name)
		seen[p.Name] = true
		assert.NotEmpty(t, p.Formula, p.Name)
		assert.NotEmpty(t, p.Source, p.Name)
		assert.Len(t, p.Start, p.Dim, p.Name)
		found, err := ByName(p.Name)
		require.NoError(t, err)
		assert.Equal(t, p.Dim, found.Dim)
	}
	_, err := ByName("hill")
	assert.ErrorContains(t, err, `no problem "hill"`)
	_, err = Himmelblau().Point("centre")
	assert.ErrorContains(t, err, `no point "centre"`)
}

func TestGradientAgainstDifferences(t *testing.T) {
	eachProblem(t, func(t *testing.T, p Problem) {
		for _, theta := range somewhere(p) {
			got := make([]float64, p.Dim)
			p.Gradient(got, theta)
			want := fd.Gradient(nil, p.Value, theta, &fd.Settings{Formula: fd.Central})
			near(t, "gradient", got, want, 1e-7)
		}
	})
}

func TestHessianAgainstDifferences(t *testing.T) {
	eachProblem(t, func(t *testing.T, p Problem) {
		for _, theta := range somewhere(p) {
			// old content must not survive
			got := mat.NewSymDense(p.Dim, slices.Repeat([]float64{9}, p.Dim*p.Dim))
			p.Hessian(got, theta)
			want := mat.NewDense(p.Dim, p.Dim, nil)
			fd.Jacobian(want, p.Gradient, theta, &fd.JacobianSettings{Formula: fd.Central})
			near(t, "Hessian", mat.DenseCopyOf(got).RawMatrix().Data, want.RawMatrix().Data, 1e-7)
		}
	})
}

// TestGraph compares the graph with plain Go: loss, gradient, and the Hessian as the gradient of
// the gradient.
func TestGraph(t *testing.T) {
	backend := xla.MustOpen()
	eachProblem(t, func(t *testing.T, p Problem) {
		exec, err := graph.NewExec(backend, func(theta *graph.Node) []*graph.Node {
			loss := p.Loss(theta)
			gradient := graph.Gradient(loss, theta)[0]
			outputs := []*graph.Node{loss, gradient}
			for i := range p.Dim {
				outputs = append(outputs, graph.Gradient(component(gradient, i), theta)[0])
			}
			return outputs
		})
		require.NoError(t, err)
		defer exec.Finalize()
		for _, theta := range somewhere(p) {
			outputs, err := exec.Call(tensors.FromFlatDataAndDimensions(theta, p.Dim))
			require.NoError(t, err)
			require.True(t, outputs[0].Shape().IsScalar())
			near(t, "loss", []float64{tensors.ToScalar[float64](outputs[0])},
				[]float64{p.Value(theta)}, 1e-12)
			gradient := make([]float64, p.Dim)
			p.Gradient(gradient, theta)
			near(t, "gradient", tensors.MustCopyFlatData[float64](outputs[1]), gradient, 1e-12)
			var hessian mat.SymDense
			p.Hessian(&hessian, theta)
			for i := range p.Dim {
				near(t, "Hessian", tensors.MustCopyFlatData[float64](outputs[2+i]),
					mat.Row(nil, i, &hessian), 1e-11)
			}
		}
	})
}

func TestGraphRefusesWrongShape(t *testing.T) {
	backend := xla.MustOpen()
	eachProblem(t, func(t *testing.T, p Problem) {
		exec, err := graph.NewExec(backend, p.Loss)
		require.NoError(t, err)
		_, err = exec.Call(make([]float64, p.Dim+1))
		assert.ErrorContains(t, err, "theta has shape")
	})
}

func TestPoints(t *testing.T) {
	eachProblem(t, func(t *testing.T, p Problem) {
		for _, point := range p.Points {
			near(t, point.Name+": loss", []float64{p.Value(point.At)}, []float64{point.Loss}, 1e-12)

			gradient := make([]float64, p.Dim)
			p.Gradient(gradient, point.At)
			norm := mat.Norm(mat.NewVecDense(p.Dim, gradient), 2)
			if point.Kind == NotCritical {
				assert.Greater(t, norm, 1e-4, point.Name)
			} else {
				assert.Less(t, norm, 1e-10, point.Name)
			}

			eigenvalues := eigenvalues(t, p, point.At)
			if point.Eigenvalues != nil {
				near(t, point.Name+": eigenvalues", eigenvalues, point.Eigenvalues, 1e-12)
			}
			if point.Kind != NotCritical {
				assert.Equal(t, point.Kind, KindOf(eigenvalues, 1e-9), point.Name)
			}
			assert.Equal(t, point.Nature, nature(p, point), point.Name)
		}
	})
}

func eigenvalues(t *testing.T, p Problem, theta []float64) []float64 {
	t.Helper()
	var hessian mat.SymDense
	p.Hessian(&hessian, theta)
	var eigen mat.EigenSym
	require.True(t, eigen.Factorize(&hessian, false))
	return eigen.Values(nil)
}

// nature decides by looking round: does the loss rise, fall, or both, at small steps in 20,000
// random directions?
func nature(p Problem, point Point) Kind {
	if point.Kind == NotCritical {
		return NotCritical
	}
	rng := rand.New(rand.NewPCG(3, 0))
	up, down := false, false
	theta := make([]float64, p.Dim)
	for range 20000 {
		for i := range theta {
			theta[i] = point.At[i] + 1e-3*rng.NormFloat64()
		}
		rise := p.Value(theta) - point.Loss
		up = up || rise > 1e-13
		down = down || rise < -1e-13
	}
	switch {
	case up && down:
		return Saddle
	case up:
		return Minimum
	case down:
		return Maximum
	}
	return Degenerate
}

func TestIndex(t *testing.T) {
	assert.Equal(t, 2, Point{Eigenvalues: []float64{-3, -1, 0, 4}}.Index())
	assert.Equal(t, -1, Point{}.Index())
	origin, err := mustTwoLayerLinear([]float64{1, 2, 3}, 4).Point("origin")
	require.NoError(t, err)
	assert.Equal(t, 12, origin.Index()) // half of 24
}

func TestKindOf(t *testing.T) {
	for _, c := range []struct {
		eigenvalues []float64
		want        Kind
	}{
		{[]float64{1, 2}, Minimum},
		{[]float64{-1, -2}, Maximum},
		{[]float64{-1, 2}, Saddle},
		{[]float64{-1, 0, 2}, Saddle},
		{[]float64{0, 2}, Degenerate},
		{[]float64{0, -2}, Degenerate},
		{[]float64{1e-9, 2}, Degenerate},
		{[]float64{math.NaN(), 2}, Degenerate},
		{nil, Degenerate},
	} {
		assert.Equal(t, c.want, KindOf(c.eigenvalues, 1e-8), "%v", c.eigenvalues)
	}
	assert.Equal(t, "not critical", NotCritical.String())
	assert.Equal(t, "Kind(9)", Kind(9).String())
}

func TestConstructorsRefuse(t *testing.T) {
	_, err := Quadratic(nil)
	assert.ErrorContains(t, err, "at least one eigenvalue")
	_, err = Quadratic([]float64{1, math.NaN()})
	assert.ErrorContains(t, err, "eigenvalue 1 is NaN")
	_, err = TwoLayerLinear([]float64{1, 2}, 1)
	assert.ErrorContains(t, err, "1 hidden units for 2 singular values")
	_, err = TwoLayerLinear([]float64{1, -2}, 2)
	assert.ErrorContains(t, err, "singular value -2")
	_, err = SoftmaxRegression([][]float64{{1}}, []int{3}, 3)
	assert.ErrorContains(t, err, "label 3 of example 0, want 0 … 2")
	_, err = SoftmaxRegression([][]float64{{1}, {1, 2}}, []int{0, 1}, 2)
	assert.ErrorContains(t, err, "example 1 has 2 features")
	_, err = RandomField(0, 1, 1)
	assert.ErrorContains(t, err, "0 dimensions")
	assert.Panics(t, func() { Rosenbrock().Value([]float64{1}) })
	_, err = Rosenbrock().Program(dtypes.Int32, []float64{1, 1})
	assert.ErrorContains(t, err, "data type Int32")
	_, err = Rosenbrock().Program(dtypes.Float32, []float64{1})
	assert.ErrorContains(t, err, "length 1, the problem has 2 weights")
}
