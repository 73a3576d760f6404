package experiments

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// oneHidden is the cross-entropy of a network with one hidden layer of tanh units, in float64, with
// its gradient and whole Hessian in closed form. That takes three matrix products instead of n
// Hessian-vector products, about fifty times less work for F2's network. A test compares it with
// landscape's Hessian.
type oneHidden struct {
	in, hidden, out int        // features with the constant 1, units, classes
	x               *mat.Dense // [N, in]
	y               *mat.Dense // [N, out], one-hot
	xx              *mat.Dense // [N, in·in], products of two inputs
}

// newOneHidden tabulates the examples.
func newOneHidden(net network, data *examples) *oneHidden {
	o := &oneHidden{in: net.Widths[0] + 1, hidden: net.Widths[1], out: net.Widths[2]}
	o.x, o.xx = mat.NewDense(data.N, o.in, nil), mat.NewDense(data.N, o.in*o.in, nil)
	o.y = mat.NewDense(data.N, o.out, data.Y)
	for n := range data.N {
		row := o.x.RawRowView(n)
		row[0] = 1
		copy(row[1:], data.X[n*data.Features:(n+1)*data.Features])
		outer(o.xx.RawRowView(n), row, row)
	}
	return o
}

// outer sets dst to the products of each of a with each of b.
func outer(dst, a, b []float64) {
	for i, v := range a {
		for j, w := range b {
			dst[i*len(b)+j] = v * w
		}
	}
}

// expansion is the loss at a point with its first and second derivatives.
type expansion struct {
	theta, gradient []float64
	loss, norm      float64
	hessian         *mat.SymDense
}

// forward returns tanh of the hidden units behind a constant 1, [N, hidden+1], the errors (p − y)/N
// and probabilities p, [N, out], and the loss.
func (o *oneHidden) forward(theta []float64) (h, r, p *mat.Dense, loss float64) {
	count, _ := o.x.Dims()
	first := mat.NewDense(o.in, o.hidden, theta[:o.in*o.hidden])
	second := mat.NewDense(o.hidden+1, o.out, theta[o.in*o.hidden:])
	var a mat.Dense
	a.Mul(o.x, first)
	h, r, p = mat.NewDense(count, o.hidden+1, nil), mat.NewDense(count, o.out, nil), new(mat.Dense)
	for n := range count {
		row := h.RawRowView(n)
		row[0] = 1
		for k, v := range a.RawRowView(n) {
			row[1+k] = math.Tanh(v)
		}
	}
	p.Mul(h, second)
	for n := range count {
		z, y := p.RawRowView(n), o.y.RawRowView(n)
		total := floats.LogSumExp(z)
		loss += (total - floats.Dot(z, y)) / float64(count)
		for c := range z {
			z[c] = math.Exp(z[c] - total)
			r.Set(n, c, (z[c]-y[c])/float64(count))
		}
	}
	return h, r, p, loss
}

// at expands the loss at θ; without the Hessian unless second is set.
func (o *oneHidden) at(theta []float64, second bool) *expansion {
	h, r, p, loss := o.forward(theta)
	e := &expansion{theta: theta, loss: loss}
	count, split := len(h.RawMatrix().Data)/(o.hidden+1), o.in*o.hidden
	v := mat.NewDense(o.hidden+1, o.out, theta[split:])
	back := mat.NewDense(count, o.hidden, nil)  // errors at the units
	slope := mat.NewDense(count, o.hidden, nil) // tanh′
	back.Mul(r, v.Slice(1, o.hidden+1, 0, o.out).T())
	slope.Apply(func(n, k int, _ float64) float64 { return 1 - h.At(n, k+1)*h.At(n, k+1) }, slope)
	var delta, ofFirst, ofSecond mat.Dense
	delta.MulElem(back, slope)
	ofFirst.Mul(o.x.T(), &delta)
	ofSecond.Mul(h.T(), r)
	e.gradient = slices.Concat(ofFirst.RawMatrix().Data, ofSecond.RawMatrix().Data)
	e.norm = floats.Norm(e.gradient, 2)
	if second {
		e.hessian = o.hessian(h, r, p, v, back, slope)
	}
	return e
}

// hessian sums the three blocks over examples, each as one matrix product of two tables with a row
// for each example.
func (o *oneHidden) hessian(h, r, p, v, back, slope *mat.Dense) *mat.SymDense {
	count, _ := h.Dims()
	wide := o.hidden + 1
	hh, gg := mat.NewDense(count, wide*wide, nil), mat.NewDense(count, o.out*o.out, nil)
	xh, sg := mat.NewDense(count, o.in*wide, nil), mat.NewDense(count, o.hidden*o.out, nil)
	sr, mm := mat.NewDense(count, o.hidden*o.out, nil), mat.NewDense(count, o.hidden*o.hidden, nil)
	inner := v.Slice(1, wide, 0, o.out)
	var vg, vgv mat.Dense
	for n := range count {
		prob := p.RawRowView(n)
		g := gg.RawRowView(n) // (diag p − ppᵀ)/N
		for c := range prob {
			for d := range prob {
				g[c*o.out+d] = -prob[c] * prob[d] / float64(count)
			}
			g[c*o.out+c] += prob[c] / float64(count)
		}
		outer(hh.RawRowView(n), h.RawRowView(n), h.RawRowView(n))
		outer(xh.RawRowView(n), o.x.RawRowView(n), h.RawRowView(n))
		vg.Mul(inner, mat.NewDense(o.out, o.out, g))
		vgv.Mul(&vg, inner.T())
		s := slope.RawRowView(n)
		for k := range o.hidden {
			for c := range o.out {
				sg.Set(n, k*o.out+c, s[k]*vg.At(k, c))
				sr.Set(n, k*o.out+c, s[k]*r.At(n, c))
			}
			for m := range o.hidden {
				mm.Set(n, k*o.hidden+m, s[k]*s[m]*vgv.At(k, m))
			}
			curve := -2 * h.At(n, k+1) * s[k] // tanh″
			mm.Set(n, k*o.hidden+k, mm.At(n, k*o.hidden+k)+back.At(n, k)*curve)
		}
	}
	var oo, ho, own, ii mat.Dense
	oo.Mul(hh.T(), gg)   // [(l, m), (c, d)]
	ho.Mul(xh.T(), sg)   // [(i, l), (k, c)]
	own.Mul(o.x.T(), sr) // [i, (k, c)], for a unit and its own outgoing weights
	ii.Mul(o.xx.T(), mm) // [(i, j), (k, m)]
	return o.assemble(&oo, &ho, &own, &ii)
}

// assemble puts the blocks where θ has the weights: incoming (i, k) at i·hidden + k, outgoing
// (l, c) behind them at l·out + c.
func (o *oneHidden) assemble(oo, ho, own, ii *mat.Dense) *mat.SymDense {
	wide, split := o.hidden+1, o.in*o.hidden
	s := mat.NewSymDense(split+wide*o.out, nil)
	for i := range o.in {
		for k := range o.hidden {
			for j := range o.in {
				for m := range o.hidden {
					s.SetSym(i*o.hidden+k, j*o.hidden+m, ii.At(i*o.in+j, k*o.hidden+m))
				}
			}
			for l := range wide {
				for c := range o.out {
					x := ho.At(i*wide+l, k*o.out+c)
					if l == k+1 {
						x += own.At(i, k*o.out+c)
					}
					s.SetSym(i*o.hidden+k, split+l*o.out+c, x)
				}
			}
		}
	}
	for l := range wide {
		for c := range o.out {
			for m := range wide {
				for d := range o.out {
					s.SetSym(split+l*o.out+c, split+m*o.out+d, oo.At(l*wide+m, c*o.out+d))
				}
			}
		}
	}
	return s
}

// descendGradient minimises ½‖∇L‖² by Levenberg–Marquardt: s = −(H² + μ)⁻¹H∇L, taken if it lowers
// ‖∇L‖. It ends when ‖∇L‖ is at most tol times that at the start, after so many iterations, or when
// no step helps.
func (o *oneHidden) descendGradient(
	ctx context.Context, start []float64, tol float64, iterations int,
) (now *expansion, values []float64, done int, err error) {
	now = o.at(start, true)
	target, damping := tol*now.norm, 1e-3
	for {
		var e mat.EigenSym
		e.Factorize(now.hessian, true)
		values = e.Values(nil)
		if err := ctx.Err(); err != nil || now.norm <= target || done == iterations {
			return now, values, done, err
		}
		var vectors mat.Dense
		e.VectorsTo(&vectors)
		var parts mat.VecDense
		parts.MulVec(vectors.T(), mat.NewVecDense(len(start), now.gradient))
		next := o.tryStep(now, values, &vectors, &parts, &damping)
		if next == nil {
			return now, values, done, nil
		}
		now = o.at(next.theta, true)
		done++
	}
}

// tryStep raises the damping until a step lowers ‖∇L‖; nil if none does.
func (o *oneHidden) tryStep(now *expansion, values []float64, vectors *mat.Dense,
	parts *mat.VecDense, damping *float64) *expansion {
	largest := math.Max(math.Abs(values[0]), math.Abs(values[len(values)-1]))
	for ; *damping < 1e12; *damping *= 5 {
		c, predicted := mat.NewVecDense(len(values), nil), 0.0
		for j, lambda := range values {
			g := parts.AtVec(j)
			c.SetVec(j, -lambda*g/(lambda*lambda+*damping*largest*largest))
			rest := g + lambda*c.AtVec(j)
			predicted += g*g - rest*rest
		}
		var s mat.VecDense
		s.MulVec(vectors, c)
		theta := append([]float64{}, now.theta...)
		floats.Add(theta, s.RawVector().Data)
		next := o.at(theta, false)
		gain := (now.norm*now.norm - next.norm*next.norm) / predicted
		if predicted > 0 && gain > 1e-4 {
			if gain > 0.75 {
				*damping = math.Max(*damping/5, 1e-15)
			} else if gain < 0.25 {
				*damping *= 3
			}
			return next
		}
	}
	return nil
}
