package analytic

import (
	"fmt"
	"math"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"
)

// TwoLayerLinear is the two-layer linear network fitted to a diagonal map: L = ½‖W₂W₁ − diag(σ)‖²,
// with W₁ of shape [hidden, d], W₂ of shape [d, hidden], d = len(σ) and θ = (W₁ᵀ, W₂), both of
// shape [d, hidden], flattened by rows.
//
// At 0 the Hessian has the eigenvalues ±σᵢ, each hidden times, so exactly half of all directions
// lead down. With hidden ≥ d all other critical points that are not global minima are saddles too.
// They learn a subset of the σᵢ and have the loss ½Σσᵢ² of what is left; the balanced ones that
// learn the k largest are listed as "rank k". Source: Baldi and Hornik 1989, "Neural networks and
// principal component analysis"; Saxe, McClelland and Ganguli 2014.
//
// All σᵢ must be positive and hidden ≥ d.
func TwoLayerLinear(sigma []float64, hidden int) (Problem, error) {
	if err := checkFinite("singular value", sigma); err != nil {
		return Problem{}, err
	}
	if smallest := slices.Min(sigma); smallest <= 0 {
		return Problem{}, fmt.Errorf("analytic: singular value %v, want all of them > 0", smallest)
	}
	if hidden < len(sigma) {
		return Problem{},
			fmt.Errorf("analytic: %d hidden units for %d singular values, want at least as many",
				hidden, len(sigma))
	}
	net := linearNet{sigma: slices.Clone(sigma), d: len(sigma), h: hidden}
	return Problem{
		Name:     "two-layer-linear",
		Formula:  "½‖W₂W₁ − diag(σ)‖²",
		Source:   "Baldi and Hornik 1989",
		Dim:      2 * net.d * net.h,
		Value:    net.value,
		Gradient: net.gradient,
		Hessian:  net.hessian,
		Loss:     net.loss,
		Points:   net.points(),
		Start:    filled(2*net.d*net.h, 0.1),
	}, nil
}

func mustTwoLayerLinear(sigma []float64, hidden int) Problem {
	return must(TwoLayerLinear(sigma, hidden))
}

type linearNet struct {
	sigma []float64
	d, h  int
}

// layers returns W₁ᵀ and W₂, both [d, h], as views of theta.
func (n linearNet) layers(theta []float64) (w1t, w2 *mat.Dense) {
	half := n.d * n.h
	checkDim(theta, 2*half)
	return mat.NewDense(n.d, n.h, theta[:half]), mat.NewDense(n.d, n.h, theta[half:])
}

// residual is W₂W₁ − diag(σ), [d, d].
func (n linearNet) residual(theta []float64) *mat.Dense {
	w1t, w2 := n.layers(theta)
	var r mat.Dense
	r.Mul(w2, w1t.T())
	for i, s := range n.sigma {
		r.Set(i, i, r.At(i, i)-s)
	}
	return &r
}

func (n linearNet) value(theta []float64) float64 {
	norm := mat.Norm(n.residual(theta), 2) // Frobenius
	return norm * norm / 2
}

func (n linearNet) gradient(dst, theta []float64) {
	w1t, w2 := n.layers(theta)
	dw1t, dw2 := n.layers(dst)
	r := n.residual(theta)
	dw1t.Mul(r.T(), w2)
	dw2.Mul(r, w1t)
}

// hessian adds the Gauss–Newton term JᵀJ, J the Jacobian of the product, and the residual's
// curvature: W₁[k, j] and W₂[i, k] meet in entry (i, j) only.
func (n linearNet) hessian(dst *mat.SymDense, theta []float64) {
	w1t, w2 := n.layers(theta)
	r := n.residual(theta)
	dim := 2 * n.d * n.h
	reuse(dst, dim)
	jacobian := mat.NewDense(n.d*n.d, dim, nil)
	for i := range n.d {
		for j := range n.d {
			for k := range n.h {
				jacobian.Set(i*n.d+j, n.at1(j, k), w2.At(i, k))
				jacobian.Set(i*n.d+j, n.at2(i, k), w1t.At(j, k))
			}
		}
	}
	dst.SymOuterK(1, jacobian.T())
	for i := range n.d {
		for j := range n.d {
			for k := range n.h {
				a, b := n.at1(j, k), n.at2(i, k)
				dst.SetSym(a, b, dst.At(a, b)+r.At(i, j))
			}
		}
	}
}

// at1 and at2 are the positions of W₁[k, j] and W₂[i, k] in theta.
func (n linearNet) at1(j, k int) int { return j*n.h + k }
func (n linearNet) at2(i, k int) int { return n.d*n.h + i*n.h + k }

func (n linearNet) loss(theta *Node) *Node {
	checkTheta(theta, 2*n.d*n.h)
	w1t := Reshape(part(theta, 0, 2), n.d, n.h)
	w2 := Reshape(part(theta, 1, 2), n.d, n.h)
	target := make([][]float64, n.d)
	for i := range target {
		target[i] = make([]float64, n.d)
		target[i][i] = n.sigma[i]
	}
	product := MatMul(w2, TransposeAllAxes(w1t, 1, 0)) // [d, d]
	return MulScalar(ReduceAllSum(Square(Sub(product, constant(theta, target)))), 0.5)
}

// points lists, for k = 0 … d, the balanced critical point that has learned the k largest singular
// values.
func (n linearNet) points() []Point {
	order := make([]int, n.d) // by falling σ
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case n.sigma[a] > n.sigma[b]:
			return -1
		case n.sigma[a] < n.sigma[b]:
			return 1
		}
		return a - b
	})
	points := []Point{n.origin()}
	for k := 1; k <= n.d; k++ {
		point := Point{
			Name: fmt.Sprintf("rank %d", k), At: make([]float64, 2*n.d*n.h), Kind: Saddle,
			Nature: Saddle,
		}
		for unit, i := range order[:k] { // hidden unit number unit carries σᵢ
			point.At[n.at1(i, unit)] = math.Sqrt(n.sigma[i])
			point.At[n.at2(i, unit)] = math.Sqrt(n.sigma[i])
		}
		for _, i := range order[k:] {
			point.Loss += n.sigma[i] * n.sigma[i] / 2
		}
		if k == n.d { // A whole manifold of global minima.
			point.Kind, point.Nature = Degenerate, Minimum
		}
		points = append(points, point)
	}
	return points
}

func (n linearNet) origin() Point {
	point := Point{Name: "origin", At: make([]float64, 2*n.d*n.h), Kind: Saddle, Nature: Saddle}
	for _, s := range n.sigma {
		point.Loss += s * s / 2
		for range n.h {
			point.Eigenvalues = append(point.Eigenvalues, -s, s)
		}
	}
	slices.Sort(point.Eigenvalues)
	return point
}
