package analytic

import (
	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"
)

// InnerProduct is L = ½(u·v−1)² with u, v ∈ R² and θ = (u₁, u₂, v₁, v₂): the smallest landscape
// whose minima are connected although the straight line between two of them crosses a barrier. From
// u = v = (1, 0) to u = v = (−1, 0) the line passes the saddle at 0, of loss ½; a curve with one
// bend at u = v = (0, c) goes round it. [BezierMeanLoss] and [PolygonMeanLoss] give the mean over
// such a curve in closed form.
func InnerProduct() Problem {
	residual := func(t []float64) float64 {
		checkDim(t, 4)
		return t[0]*t[2] + t[1]*t[3] - 1
	}
	return Problem{
		Name:    "inner-product",
		Formula: "½(u·v−1)²",
		Source:  "this package; the curves are those of Garipov et al. 2018",
		Dim:     4,
		Value: func(t []float64) float64 {
			r := residual(t)
			return r * r / 2
		},
		Gradient: func(dst, t []float64) {
			r := residual(t)
			dst[0], dst[1], dst[2], dst[3] = r*t[2], r*t[3], r*t[0], r*t[1]
		},
		Hessian: func(dst *mat.SymDense, t []float64) {
			r := residual(t)
			g := []float64{t[2], t[3], t[0], t[1]} // the gradient of u·v
			reuse(dst, 4)
			for i := range g {
				for j := i; j < 4; j++ {
					dst.SetSym(i, j, g[i]*g[j])
				}
			}
			dst.SetSym(0, 2, dst.At(0, 2)+r)
			dst.SetSym(1, 3, dst.At(1, 3)+r)
		},
		Loss: func(t *Node) *Node {
			checkTheta(t, 4)
			inner := ReduceAllSum(Mul(part(t, 0, 2), part(t, 1, 2)))
			return MulScalar(Square(AddScalar(inner, -1)), 0.5)
		},
		Points: []Point{
			{
				Name: "origin", At: make([]float64, 4), Loss: 0.5, Kind: Saddle, Nature: Saddle,
				Eigenvalues: []float64{-1, -1, 1, 1},
			},
			{
				Name: "u=v=(1,0)", At: []float64{1, 0, 1, 0}, Kind: Degenerate, Nature: Minimum,
				Eigenvalues: []float64{0, 0, 0, 2},
			},
			{
				Name: "u=v=(-1,0)", At: []float64{-1, 0, -1, 0}, Kind: Degenerate, Nature: Minimum,
				Eigenvalues: []float64{0, 0, 0, 2},
			},
		},
		Start: []float64{0.5, -1, 1, 0.5},
	}
}

// BezierMeanLoss is ∫₀¹ L dt over the quadratic Bézier curve from u = v = (1, 0) to (−1, 0) with
// its control point at u = v = (0, c), for the loss of [InnerProduct]: with s = t(1−t) the loss is
// 8s²(1−c²s)², and its mean 8(1/30 − c²/70 + c⁴/630). It is least, 1/105, at c² = 9/2, where the
// maximum over the curve is 2/81.
func BezierMeanLoss(c float64) float64 {
	q := c * c
	return 8 * (1./30 - q/70 + q*q/630)
}

// PolygonMeanLoss is the same over the polygonal chain (1, 0) → (0, c) → (−1, 0), each half in half
// of the time: with 1+c² = k on either half L = ½(ks²−2s)², s ∈ [0, 1], and its mean ½(4/3 − k +
// k²/5). It is least, 1/24, at c² = 3/2, where the maximum over the chain is 1/8, at the bend.
func PolygonMeanLoss(c float64) float64 {
	k := 1 + c*c
	return (4./3 - k + k*k/5) / 2
}
