package experiments

import (
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/landscape"
	"lossland/pkg/lesson"
)

// negativeShare measures X4: the share of negative eigenvalues of the whole Hessian after the common training.
func (l *lab) negativeShare() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	d := newData(l, "X4")
	for _, seed := range seeds(pick(l, 2, 10)) {
		theta, err := l.commonEnd(s, seed)
		if err != nil {
			return nil, err
		}
		estimate, err := l.densityShare(s, theta)
		if err != nil {
			return nil, err
		}
		d.add("share by Lanczos quadrature", estimate.Value, "its standard error", estimate.StdErr)
		if l.scale == lesson.Quick { // a minute a seed is too long
			d.add("seed", seed, "share below −tol", estimate.Value)
			continue
		}
		values, err := l.spectrum(s, theta)
		if err != nil {
			return nil, err
		}
		top := values[len(values)-1]
		d.add("seed", seed, "λmax", top, "λmin", values[0])
		for _, at := range []struct {
			name   string
			factor float64
		}{{"share below −tol", 1}, {"share below −tol/10", 0.1}, {"share below −10·tol", 10}} {
			negative, _, _ := landscape.Index(values, at.factor*tolerance(top))
			d.add(at.name, float64(negative)/float64(len(values)))
		}
		if seed == 1 {
			d.Series["eigenvalues, seed 1"] = values
		}
	}
	return []*Data{d}, nil
}

// densityShare estimates the share of eigenvalues below −tol without the matrix, by Lanczos quadrature with eight probes.
func (l *lab) densityShare(s *set, theta []float64) (landscape.Estimate, error) {
	top, err := l.lambdaMax(mlp, s, theta)
	if err != nil {
		return landscape.Estimate{}, err
	}
	return cached(l, "density 1", point{s.hash, mlp, theta}, func() (landscape.Estimate, error) {
		o, err := l.hessian(mlp, s, theta)
		if err != nil {
			return landscape.Estimate{}, err
		}
		density, err := landscape.SpectralDensity(l.ctx, o, landscape.DensityConfig{Seed: 1})
		if err != nil {
			return landscape.Estimate{}, err
		}
		return density.Index(tolerance(top)), nil
	})
}

// spectrum is all eigenvalues of the Hessian of the common network, ascending: one product a weight, then gonum.
func (l *lab) spectrum(s *set, theta []float64) ([]float64, error) {
	return cached(l, "spectrum 1", point{s.hash, mlp, theta}, func() ([]float64, error) {
		o, err := l.hessian(mlp, s, theta)
		if err != nil {
			return nil, err
		}
		n := o.Dim()
		h := mat.NewSymDense(n, nil)
		const columns = 4
		for first := 0; first < n; first += columns {
			var units, products [][]float64
			for j := first; j < min(n, first+columns); j++ {
				unit := make([]float64, n)
				unit[j] = 1
				units, products = append(units, unit), append(products, make([]float64, n))
			}
			if err := o.ApplyBatch(l.ctx, products, units); err != nil {
				return nil, err
			}
			for k, column := range products {
				for i, v := range column { // the mean of the two triangles
					h.SetSym(i, first+k, h.At(i, first+k)+v/2)
					if i == first+k {
						h.SetSym(i, i, h.At(i, i)+v/2)
					}
				}
			}
		}
		return (&landscape.Dense{Matrix: h}).Eigenvalues()
	})
}
