package landscape

import (
	"context"
	"fmt"
	"lossland/pkg/spectrum"
	"math"

	"gonum.org/v1/gonum/floats"
)

// HessianPlane is the plane through the point along two eigenvectors of the Hessian:
//
//	spectrum.Largest           the two largest eigenvalues
//	spectrum.Smallest          the two smallest
//	spectrum.LargestMagnitude  the two largest in magnitude
//	spectrum.BothEnds          the smallest and the largest
//
// d₁ belongs to the eigenvalue that is larger in magnitude. The eigenpairs hold both eigenvalues
// with their residuals, and say whether they converged.
//
// An eigenvector's sign is arbitrary: here its component of largest magnitude is positive. Cost:
// Lanczos with k = 2.
func (at *Point) HessianPlane(ctx context.Context, which spectrum.Which, hessian HessianConfig,
	cfg spectrum.LanczosConfig) (*Plane, *spectrum.Eigenpairs, error) {
	if hessian.Block != nil {
		return nil, nil, bad("HessianPlane", "HessianConfig.Block", "set",
			"nil: the directions are of all weights")
	}
	h, err := at.Hessian(ctx, hessian)
	if err != nil {
		return nil, nil, err
	}
	defer h.Close()
	k := 2
	if which == spectrum.BothEnds {
		k = 1
	}
	s, err := spectrum.Lanczos(ctx, h, k, which, cfg)
	if err != nil {
		return nil, nil, err
	}
	if len(s.Values) != 2 {
		return nil, s, bad("HessianPlane", "model", fmt.Sprintf("of %d weights", h.Dim()),
			"one of at least two")
	}
	i, j := 0, 1
	if math.Abs(s.Values[1]) > math.Abs(s.Values[0]) {
		i, j = 1, 0
	}
	name := "eigenvectors of the Hessian, λ = %.6g and %.6g"
	return &Plane{
		Origin: at.Theta(),
		D1:     positiveAtLargest(s.Vectors[i]), D2: positiveAtLargest(s.Vectors[j]),
		Name: fmt.Sprintf(name, s.Values[i], s.Values[j]),
	}, s, nil
}

// positiveAtLargest is d or −d, the one whose component of largest magnitude is positive.
func positiveAtLargest(d []float64) []float64 {
	out := append([]float64{}, d...)
	if floats.Min(d) < -floats.Max(d) {
		floats.Scale(-1, out)
	}
	return out
}
