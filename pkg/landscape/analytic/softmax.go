package analytic

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// SoftmaxRegression is the mean cross-entropy of a linear classifier without bias, L = −(1/N) Σ log
// softmax(xᵢW)[yᵢ], on the N examples x of shape [N, d] with labels 0 … classes−1, and θ = W of
// shape [d, classes], flattened by rows. It is convex.
//
// At W = 0 the loss is ln K for K classes, and the Hessian (1/K)(I − 11ᵀ/K) ⊗ S with S = XᵀX/N: its
// eigenvalues are those of S/K, each K−1 times, and d zeros, and its trace is (1−1/K)·tr S. That
// point, "zero", is no critical point.
func SoftmaxRegression(x [][]float64, labels []int, classes int) (Problem, error) {
	s, err := newSoftmax(x, labels, classes)
	if err != nil {
		return Problem{}, err
	}
	dim := s.d * s.k
	return Problem{
		Name:     "softmax-regression",
		Formula:  "−(1/N) Σ log softmax(xW)[y]",
		Source:   "Böhning 1992, \"Multinomial logistic regression algorithm\"",
		Dim:      dim,
		Value:    s.value,
		Gradient: s.gradient,
		Hessian:  s.hessian,
		Loss:     s.loss,
		Points: []Point{{
			Name: "zero", At: make([]float64, dim), Loss: math.Log(float64(classes)),
			Kind: NotCritical, Nature: NotCritical, Eigenvalues: s.eigenvaluesAtZero(),
		}},
		Start: make([]float64, dim),
	}, nil
}

// defaultSoftmaxRegression has 60 Gaussian examples of 4 features in 3 classes that overlap, so
// that a finite minimum exists.
func defaultSoftmaxRegression() Problem {
	rng := rand.New(rand.NewPCG(1, 0))
	x, labels := make([][]float64, 60), make([]int, 60)
	for i := range x {
		labels[i] = i % 3
		x[i] = make([]float64, 4)
		for j := range x[i] {
			x[i][j] = rng.NormFloat64()
		}
		x[i][labels[i]]++ // the class moves one feature by one standard deviation
	}
	return must(SoftmaxRegression(x, labels, 3))
}

type softmax struct {
	x       *mat.Dense // [n, d]
	rows    [][]float64
	labels  []int
	n, d, k int
}

func newSoftmax(x [][]float64, labels []int, classes int) (*softmax, error) {
	if len(x) == 0 || len(x[0]) == 0 {
		return nil,
			errors.New("analytic: softmax regression needs at least one example with one feature")
	}
	if len(labels) != len(x) {
		return nil, fmt.Errorf("analytic: %d labels for %d examples", len(labels), len(x))
	}
	if classes < 2 {
		return nil, fmt.Errorf("analytic: %d classes, want at least 2", classes)
	}
	s := &softmax{labels: slices.Clone(labels), n: len(x), d: len(x[0]), k: classes}
	s.x = mat.NewDense(s.n, s.d, nil)
	for i, row := range x {
		if len(row) != s.d {
			return nil, fmt.Errorf("analytic: example %d has %d features, example 0 has %d", i,
				len(row), s.d)
		}
		if err := checkFinite("feature", row); err != nil {
			return nil, fmt.Errorf("example %d: %w", i, err)
		}
		if labels[i] < 0 || labels[i] >= classes {
			return nil, fmt.Errorf("analytic: label %d of example %d, want 0 … %d", labels[i], i,
				classes-1)
		}
		s.x.SetRow(i, row)
		s.rows = append(s.rows, slices.Clone(row))
	}
	return s, nil
}

// logits returns xW, [n, k].
func (s *softmax) logits(theta []float64) *mat.Dense {
	checkDim(theta, s.d*s.k)
	var logits mat.Dense
	logits.Mul(s.x, mat.NewDense(s.d, s.k, theta))
	return &logits
}

// probabilities returns softmax(xW), [n, k].
func (s *softmax) probabilities(theta []float64) *mat.Dense {
	p := s.logits(theta)
	for i := range s.n {
		row := p.RawRowView(i)
		norm := floats.LogSumExp(row)
		for c := range row {
			row[c] = math.Exp(row[c] - norm)
		}
	}
	return p
}

func (s *softmax) value(theta []float64) float64 {
	logits := s.logits(theta)
	sum := 0.0
	for i, label := range s.labels {
		row := logits.RawRowView(i)
		sum += floats.LogSumExp(row) - row[label]
	}
	return sum / float64(s.n)
}

func (s *softmax) gradient(dst, theta []float64) {
	checkDim(dst, s.d*s.k)
	p := s.probabilities(theta)
	for i, label := range s.labels {
		p.Set(i, label, p.At(i, label)-1)
	}
	g := mat.NewDense(s.d, s.k, dst)
	g.Mul(s.x.T(), p)
	g.Scale(1/float64(s.n), g)
}

// hessian is the mean over the examples of xxᵀ ⊗ (diag(p) − ppᵀ).
func (s *softmax) hessian(dst *mat.SymDense, theta []float64) {
	p := s.probabilities(theta)
	reuse(dst, s.d*s.k)
	for a := range s.d * s.k {
		for b := a; b < s.d*s.k; b++ {
			j, c, l, e := a/s.k, a%s.k, b/s.k, b%s.k
			sum := 0.0
			for i := range s.n {
				w := -p.At(i, c) * p.At(i, e)
				if c == e {
					w += p.At(i, c)
				}
				sum += s.x.At(i, j) * s.x.At(i, l) * w
			}
			dst.SetSym(a, b, sum/float64(s.n))
		}
	}
}

func (s *softmax) loss(theta *Node) *Node {
	checkTheta(theta, s.d*s.k)
	onehot := make([][]float64, s.n)
	for i, label := range s.labels {
		onehot[i] = make([]float64, s.k)
		onehot[i][label] = 1
	}
	logits := MatMul(constant(theta, s.rows), Reshape(theta, s.d, s.k)) // [n, k]
	picked := ReduceAllSum(Mul(constant(theta, onehot), LogSoftmax(logits)))
	return MulScalar(picked, -1/float64(s.n))
}

func (s *softmax) eigenvaluesAtZero() []float64 {
	second := mat.NewSymDense(s.d, nil) // S = XᵀX/N
	second.SymOuterK(1/float64(s.n), s.x.T())
	var eigen mat.EigenSym
	eigen.Factorize(second, false)
	eigenvalues := make([]float64, s.d, s.d*s.k) // d zeros
	for _, lambda := range eigen.Values(nil) {
		eigenvalues = append(eigenvalues, slices.Repeat([]float64{lambda / float64(s.k)}, s.k-1)...)
	}
	slices.Sort(eigenvalues)
	return eigenvalues
}
