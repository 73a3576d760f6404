package analytic

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// The numbers that the lesson and the other packages' tests rely on.

func TestGaussianSharpness(t *testing.T) {
	mean, deviation := GaussianSharpness(Spectrum(100), 0.01)
	assert.InDelta(t, 0.2525, mean, 1e-12)

	p := mustQuadratic(Spectrum(100))
	rng := rand.New(rand.NewPCG(1, 0))
	draws := make([]float64, 20000)
	theta := make([]float64, 100)
	for i := range draws {
		for j := range theta {
			theta[j] = 0.01 * rng.NormFloat64()
		}
		draws[i] = p.Value(theta)
	}
	sampleMean, sampleDeviation := stat.MeanStdDev(draws, nil)
	assert.InDelta(t, mean, sampleMean, 3*deviation/math.Sqrt(20000))
	assert.InEpsilon(t, deviation, sampleDeviation, 0.03)
}

// TestKeskarSharpness compares with the largest loss over all corners of the box, where a convex
// function has it.
func TestKeskarSharpness(t *testing.T) {
	phi, err := KeskarSharpness(Spectrum(100), make([]float64, 100), 1e-3)
	require.NoError(t, err)
	assert.InDelta(t, 0.2525, phi, 1e-12)

	p, theta, epsilon := mustQuadratic(Spectrum(6)), []float64{0.3, -1, 0, 2, -0.1, 0.7}, 0.05
	worst := 0.0
	for corner := range 1 << 6 {
		moved := make([]float64, 6)
		for i, x := range theta {
			sign := float64(corner>>i&1)*2 - 1
			moved[i] = x + sign*epsilon*(math.Abs(x)+1)
		}
		worst = math.Max(worst, p.Value(moved))
	}
	phi, err = KeskarSharpness(Spectrum(6), theta, epsilon)
	require.NoError(t, err)
	assert.InDelta(t, 100*(worst-p.Value(theta))/(1+p.Value(theta)), phi, 1e-10)

	_, err = KeskarSharpness([]float64{-1}, []float64{0}, 1)
	assert.ErrorContains(t, err, "eigenvalue 0 is -1")
	_, err = KeskarSharpness([]float64{1}, nil, 1)
	assert.ErrorContains(t, err, "length 0")
}

func TestWorstCaseL2(t *testing.T) {
	assert.InDelta(t, 0.125, WorstCaseL2(Spectrum(100), 0.05), 1e-15)
	assert.Zero(t, WorstCaseL2([]float64{-3}, 0.05))
}

func TestSAMTwoCycle(t *testing.T) {
	const eta, rho, lambda = 0.05, 0.1, 10
	theta := 1.0
	for range 2000 {
		theta -= eta * lambda * (theta + math.Copysign(rho, theta))
	}
	want, err := SAMTwoCycle(eta, rho, lambda)
	require.NoError(t, err)
	assert.InDelta(t, want, math.Abs(theta), 1e-12)
	_, err = SAMTwoCycle(0.2, rho, lambda)
	assert.ErrorContains(t, err, "ηλ = 2")
}

func TestValleySharpness(t *testing.T) {
	for a, want := range map[float64]float64{1: 2, 2: 4.25, 10: 100.01} {
		point := ValleyPoint("", a)
		assert.InDelta(t, want, point.Eigenvalues[1], 1e-12)
		assert.InDelta(t, want, eigenvalues(t, Valley(), point.At)[1], 1e-11)
		assert.InDelta(t, 0, Valley().Value(point.At), 1e-30)
	}
}

// TestTwoWellsAreEqual: the loss does not tell the wells apart, the curvature does.
func TestTwoWellsAreEqual(t *testing.T) {
	sharp, err := TwoWells().Point("sharp minimum")
	require.NoError(t, err)
	flat, err := TwoWells().Point("flat minimum")
	require.NoError(t, err)
	assert.InDelta(t, TwoWells().Value(sharp.At), TwoWells().Value(flat.At), 1e-15)
	assert.InDelta(t, 31.5, sharp.Eigenvalues[1]/flat.Eigenvalues[1], 0.1)
}

// TestPlateau: momentum leaves the plateau at least five times sooner than plain descent.
func TestPlateau(t *testing.T) {
	p := Plateau()
	steps := func(momentum float64) int {
		theta, velocity, gradient := append([]float64{}, p.Start...), [2]float64{},
			make([]float64, 2)
		for step := range 100000 {
			if p.Value(theta) < 0.5 {
				return step
			}
			p.Gradient(gradient, theta)
			for i := range theta {
				velocity[i] = momentum*velocity[i] - 0.1*gradient[i]
				theta[i] += velocity[i]
			}
		}
		return math.MaxInt
	}
	plain, heavy := steps(0), steps(0.9)
	t.Logf("steps to a loss of 0.5: %d plain, %d with momentum 0.9", plain, heavy)
	assert.Greater(t, plain, 5*heavy)
}

// TestCurves integrates the loss along the curves between two minima.
func TestCurves(t *testing.T) {
	p := InnerProduct()
	along := func(path func(s float64) (a, b float64)) (mean, largest float64) {
		loss := func(s float64) float64 {
			a, b := path(s)
			return p.Value([]float64{a, b, a, b})
		}
		mean = quad.Fixed(loss, 0, 0.5, 20, nil, 0) + quad.Fixed(loss, 0.5, 1, 20, nil, 0)
		for i := range 10001 {
			largest = math.Max(largest, loss(float64(i)/10000))
		}
		return mean, largest
	}
	bezier := func(c float64) func(s float64) (a, b float64) {
		return func(s float64) (a, b float64) { return 1 - 2*s, 2 * s * (1 - s) * c }
	}
	polygon := func(c float64) func(s float64) (a, b float64) {
		return func(s float64) (a, b float64) { return 1 - 2*s, (1 - math.Abs(1-2*s)) * c }
	}

	_, barrier := along(bezier(0)) // the straight line
	assert.InDelta(t, 0.5, barrier, 1e-12)

	mean, largest := along(bezier(math.Sqrt(4.5)))
	assert.InDelta(t, 1./105, mean, 1e-14)
	assert.InDelta(t, 2./81, largest, 1e-7)
	assert.InDelta(t, mean, BezierMeanLoss(math.Sqrt(4.5)), 1e-14)
	mean, _ = along(bezier(1.3))
	assert.InDelta(t, mean, BezierMeanLoss(1.3), 1e-14)

	mean, largest = along(polygon(math.Sqrt(1.5)))
	assert.InDelta(t, 1./24, mean, 1e-14)
	assert.InDelta(t, 1./8, largest, 1e-12)
	assert.InDelta(t, mean, PolygonMeanLoss(math.Sqrt(1.5)), 1e-14)
	mean, _ = along(polygon(0.7))
	assert.InDelta(t, mean, PolygonMeanLoss(0.7), 1e-14)
}

// TestSoftmaxAtZero checks the trace against the data: (1−1/K)·tr S.
func TestSoftmaxAtZero(t *testing.T) {
	x := [][]float64{{1, 2, -1}, {0.5, 0, 3}, {-2, 1, 1}, {0, 0, 1}}
	traceS := 0.0
	for _, row := range x {
		for _, v := range row {
			traceS += v * v / 4
		}
	}
	p, err := SoftmaxRegression(x, []int{0, 9, 3, 3}, 10)
	require.NoError(t, err)
	zero := p.Points[0]
	assert.InDelta(t, math.Log(10), p.Value(zero.At), 1e-14)
	trace := 0.0
	for _, lambda := range eigenvalues(t, p, zero.At) {
		trace += lambda
	}
	assert.InDelta(t, 0.9*traceS, trace, 1e-12)
}

func TestMarchenkoPastur(t *testing.T) {
	law, err := NewMarchenkoPastur(0.5)
	require.NoError(t, err)
	low, high := law.Edges()
	assert.InDelta(t, 0.0858, low, 5e-5)
	assert.InDelta(t, 2.9142, high, 5e-5)
	assert.Zero(t, law.Density(low-0.01))

	moment := func(k float64) float64 {
		return quad.Fixed(func(x float64) float64 { return math.Pow(x, k) * law.Density(x) }, low,
			high, 2000, nil, 0)
	}
	assert.InDelta(t, 1, moment(0), 1e-5)
	assert.InDelta(t, 1, moment(1), 1e-5)
	assert.InDelta(t, 1.5, moment(2), 1e-5) // 1+γ

	_, err = NewMarchenkoPastur(2)
	assert.ErrorContains(t, err, "γ = 2")
}

// TestGOE compares drawn matrices with the semicircle, whole and shifted.
func TestGOE(t *testing.T) {
	matrix, err := GOE(400, 1)
	require.NoError(t, err)
	var eigen mat.EigenSym
	require.True(t, eigen.Factorize(matrix, false))
	law := Semicircle{Center: 0, Radius: 2}
	assert.InDelta(t, 1, quad.Fixed(law.Density, -2, 2, 500, nil, 0), 1e-4)
	for _, x := range []float64{-3, -1.5, -0.4, 0, 1, 3} {
		below := 0
		for _, lambda := range eigen.Values(nil) {
			if lambda < x {
				below++
			}
		}
		assert.InDelta(t, law.Below(x), float64(below)/400, 0.01, "x=%v", x)
	}
	assert.InDelta(t, 0.5, law.Below(0), 1e-15)

	same, err := GOE(400, 1)
	require.NoError(t, err)
	assert.True(t, mat.Equal(matrix, same))
	_, err = GOE(0, 1)
	assert.ErrorContains(t, err, "size 0")
}

func TestRandomFieldIndex(t *testing.T) {
	assert.Zero(t, RandomFieldIndex(-2))
	assert.InDelta(t, 0.5, RandomFieldIndex(0), 1e-15)
	assert.InDelta(t, 1, RandomFieldIndex(2), 1e-15)
	assert.Less(t, RandomFieldIndex(-1), RandomFieldIndex(-0.5))
}

// TestRandomFieldCovariance: over many draws, ⟨φ²⟩ = n, ⟨φ ∂²φ/∂θᵢ²⟩ = −1, ⟨(∂²φ/∂θ₀∂θ₁)²⟩ = 1/n
// and ⟨(∂²φ/∂θ₀²)²⟩ = 3/n: the four numbers from which the index follows.
func TestRandomFieldCovariance(t *testing.T) {
	const n, draws = 4, 20000
	var height, cross, off, diagonal []float64
	for seed := range uint64(draws) {
		p := mustRandomField(n, 30, seed)
		phi := p.Value(p.Start)
		var hessian mat.SymDense
		p.Hessian(&hessian, p.Start)
		height = append(height, phi*phi)
		cross = append(cross, phi*hessian.At(0, 0))
		off = append(off, hessian.At(0, 1)*hessian.At(0, 1))
		diagonal = append(diagonal, hessian.At(0, 0)*hessian.At(0, 0))
	}
	for _, c := range []struct {
		what    string
		samples []float64
		want    float64
	}{
		{"⟨φ²⟩", height, n}, {"⟨φ H₀₀⟩", cross, -1}, {"⟨H₀₁²⟩", off, 1. / n},
		{"⟨H₀₀²⟩", diagonal, 3. / n},
	} {
		mean, deviation := stat.MeanStdDev(c.samples, nil)
		assert.InDelta(t, c.want, mean, 4*deviation/math.Sqrt(draws), c.what)
	}
}
