package landscape

import (
	"context"
	"fmt"
	"lossland/pkg/spectrum"

	"gonum.org/v1/gonum/floats"
)

// GradientPlane is the plane through the point along steepest descent and sharpest curvature. d₁ is
// −∇L/‖∇L‖: a step of gradient descent at rate η goes η‖∇L‖ along it. d₂ is the part of the top
// eigenvector that is orthogonal to d₁, scaled to length 1. The eigenpairs hold the largest
// eigenvalue with its residual, and say whether it converged. At a critical point there is no such
// plane.
//
// An eigenvector's sign is arbitrary: here the component of d₂ of largest magnitude is positive.
// Cost: one gradient, and Lanczos with k = 1.
func (at *Point) GradientPlane(ctx context.Context, hessian HessianConfig,
	cfg spectrum.LanczosConfig) (*Plane, *spectrum.Eigenpairs, error) {
	if hessian.Block != nil {
		return nil, nil, bad("GradientPlane", "HessianConfig.Block", "set",
			"nil: the directions are of all weights")
	}
	h, err := at.Hessian(ctx, hessian)
	if err != nil {
		return nil, nil, err
	}
	defer h.Close()
	slope, err := at.Gradient(ctx)
	if err != nil {
		return nil, nil, err
	}
	s, err := spectrum.Lanczos(ctx, h, 1, spectrum.Largest, cfg)
	if err != nil {
		return nil, nil, err
	}
	name := fmt.Sprintf("steepest descent, ‖∇L‖ = %.6g, and sharpest curvature, λ = %.6g",
		floats.Norm(slope, 2), s.Max())
	d1, d2 := append([]float64{}, slope...), append([]float64{}, s.Vectors[0]...)
	floats.Scale(-1, d1)
	if err := orthonormalise("GradientPlane", d1, d2); err != nil {
		return nil, s, err
	}
	return &Plane{Origin: at.Theta(), D1: d1, D2: positiveAtLargest(d2), Name: name}, s, nil
}
