package analytic

import (
	"fmt"
	"math"
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// RandomField is one draw of a smooth Gaussian random landscape in n dimensions, as the sum of many
// random waves
//
//	φ(θ) = √(2n/waves) Σₘ cos(ωₘ·θ + bₘ),  ωₘ ~ N(0, I/n), bₘ uniform on [0, 2π),
//
// which for many waves has ⟨φ(θ)φ(θ′)⟩ = n·exp(−‖θ−θ′‖²/2n) (random Fourier features, Rahimi and
// Recht 2007). Its critical points have to be searched for; what is known about them is their index
// at a given height: [RandomFieldIndex].
func RandomField(n, waves int, seed uint64) (Problem, error) {
	if n < 1 || waves < 1 {
		return Problem{},
			fmt.Errorf(
				"analytic: a random field of %d dimensions and %d waves, want at least 1 of each",
				n, waves)
	}
	f := newField(n, waves, seed)
	return Problem{
		Name:     "random-field",
		Formula:  "√(2n/M) Σ cos(ωₘ·θ + bₘ)",
		Source:   "Bray and Dean 2007; Rahimi and Recht 2007",
		Dim:      n,
		Value:    f.value,
		Gradient: f.gradient,
		Hessian:  f.hessian,
		Loss:     f.loss,
		Start:    make([]float64, n),
	}, nil
}

func mustRandomField(n, waves int, seed uint64) Problem { return must(RandomField(n, waves, seed)) }

// RandomFieldIndex is the share of negative eigenvalues at a critical point of [RandomField] of
// height φ = n·ε, for large n: given the height, the Hessian is a GOE matrix shifted by −ε, so its
// eigenvalues follow Semicircle{−ε, 2}, of which the part below 0 is counted. High critical points
// have many ways down, and below ε = −2 all are minima. Source: Bray and Dean 2007, "Statistics of
// critical points of Gaussian fields on large-dimensional spaces", for the covariance f(x) =
// exp(−x), where f(0)f″(0) = f′(0)² and the height alone fixes the shift.
func RandomFieldIndex(epsilon float64) float64 {
	return Semicircle{Center: -epsilon, Radius: 2}.Below(0)
}

type field struct {
	waves *mat.Dense // ωₘ by rows, [waves, n]
	rows  [][]float64
	phase []float64
	scale float64
	n     int
}

func newField(n, waves int, seed uint64) *field {
	rng := rand.New(rand.NewPCG(seed, 0))
	f := &field{
		waves: mat.NewDense(waves, n, nil), phase: make([]float64, waves), n: n,
		scale: math.Sqrt(2 * float64(n) / float64(waves)),
	}
	for m := range waves {
		for i := range n {
			f.waves.Set(m, i, rng.NormFloat64()/math.Sqrt(float64(n)))
		}
		f.phase[m] = 2 * math.Pi * rng.Float64()
		f.rows = append(f.rows, mat.Row(nil, m, f.waves))
	}
	return f
}

// angle is ωₘ·θ + bₘ.
func (f *field) angle(m int, theta []float64) float64 {
	return floats.Dot(f.rows[m], theta) + f.phase[m]
}

func (f *field) value(theta []float64) float64 {
	checkDim(theta, f.n)
	sum := 0.0
	for m := range f.phase {
		sum += math.Cos(f.angle(m, theta))
	}
	return f.scale * sum
}

func (f *field) gradient(dst, theta []float64) {
	checkDim(theta, f.n)
	clear(dst)
	for m, wave := range f.rows {
		floats.AddScaled(dst, -f.scale*math.Sin(f.angle(m, theta)), wave)
	}
}

func (f *field) hessian(dst *mat.SymDense, theta []float64) {
	checkDim(theta, f.n)
	reuse(dst, f.n)
	for m := range f.phase {
		dst.SymRankOne(dst, -f.scale*math.Cos(f.angle(m, theta)), f.waves.RowView(m))
	}
}

func (f *field) loss(theta *Node) *Node {
	checkTheta(theta, f.n)
	projected := ReduceSum(Mul(constant(theta, f.rows), InsertAxes(theta, 0)), 1) // [waves]
	return MulScalar(ReduceAllSum(Cos(Add(projected, constant(theta, f.phase)))), f.scale)
}
