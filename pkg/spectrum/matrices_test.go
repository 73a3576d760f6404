package spectrum

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"lossland/pkg/result"
)

// ascending is 1, 2, …, n.
func ascending(n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = float64(i + 1)
	}
	return values
}

// rotated is the matrix with the given eigenvalues in a random orthonormal basis.
func rotated(eigenvalues []float64, seed uint64) *mat.SymDense {
	n := len(eigenvalues)
	r := rand.New(rand.NewPCG(seed, 1))
	g := mat.NewDense(n, n, gaussian(r, n*n))
	var qr mat.QR
	qr.Factorize(g)
	var q, left mat.Dense
	qr.QTo(&q)
	left.Mul(&q, mat.NewDiagDense(n, eigenvalues))
	var full mat.Dense
	full.Mul(&left, q.T())
	return symmetrize(&full).Matrix
}

// coupled is the matrix with the eigenvalues ±σ for each σ: the Hessian of a two-layer linear
// network at zero. Its products have no rounding errors, so multiple eigenvalues stay multiple.
func coupled(sigmas ...float64) *mat.SymDense {
	k := len(sigmas)
	m := mat.NewSymDense(2*k, nil)
	for i, sigma := range sigmas {
		m.SetSym(i, k+i, -sigma)
	}
	return m
}

// wishart is XᵀX/N for Gaussian X of shape [N, d].
func wishart(n, d int, seed uint64) *mat.SymDense {
	x := mat.NewDense(n, d, gaussian(rand.New(rand.NewPCG(seed, 3)), n*d))
	var s mat.SymDense
	s.SymOuterK(1/float64(n), x.T())
	return &s
}

// goe draws from the Gaussian orthogonal ensemble, whose eigenvalues are between −2 and 2.
func goe(n int, seed uint64) *mat.SymDense {
	r := rand.New(rand.NewPCG(seed, 0))
	m := mat.NewSymDense(n, nil)
	scale := 1 / math.Sqrt(float64(n))
	for i := range n {
		m.SetSym(i, i, math.Sqrt2*scale*r.NormFloat64())
		for j := i + 1; j < n; j++ {
			m.SetSym(i, j, scale*r.NormFloat64())
		}
	}
	return m
}

// counted is an operator with everything that one may have. It fails after limit products, if limit
// isn't 0.
type counted struct {
	Matrix
	limit, batches int
	cost           result.Cost
	ctx            context.Context // of the last product.
}

func (c *counted) Apply(ctx context.Context, dst, v []float64) error {
	return c.ApplyBatch(ctx, [][]float64{dst}, [][]float64{v})
}

func (c *counted) ApplyBatch(ctx context.Context, dst, v [][]float64) error {
	c.ctx = ctx
	c.batches++
	for i := range v {
		if c.limit > 0 && c.cost.Products >= c.limit {
			return errLimit
		}
		c.cost = c.cost.Plus(result.Cost{Products: 1, Work: 3})
		if err := c.Matrix.Apply(ctx, dst[i], v[i]); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (c *counted) MadeBy() MadeBy    { return MadeBy{Method: CentralDifference, MethodError: 1e-3} }
func (c *counted) Cost() result.Cost { return c.cost }

// narrow rounds products to float32.
type narrow struct{ Matrix }

func (o narrow) Apply(ctx context.Context, dst, v []float64) error {
	err := o.Matrix.Apply(ctx, dst, v)
	for i, x := range dst {
		dst[i] = float64(float32(x))
	}
	return err
}
