package spectrum

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"

	"lossland/internal/absent"
	"lossland/pkg/result"
)

// Operator is a symmetric matrix A that is known by its products. Its eigenvalues are in the unit
// of A. Nothing here forms A unless it says so.
//
// An operator may have six more methods, which are used if present:
//
//	ApplyBatch                 several products at once: see [Batcher]
//	MadeBy() MadeBy            how products are made, for the results to say
//	Cost() result.Cost         what was spent so far, for the results to say what they cost
//	CheckSymmetry(ctx) error   why Lanczos, NewKrylov and NewDensity can't be used with it, if so
//	Resident()                 its device, where vectors stay in Lanczos and in estimates of the
//	                           trace: for operators of this module
//	RoundingUnit() float64     that of its products, such as 2⁻²⁴ for float32; 2⁻⁵³ without it
//
// From 2²⁰ dimensions on, bases are kept in float32 if products are no more precise than that. Each
// vector is rounded before it is multiplied, so the projection stays that of the vectors kept.
type Operator interface {
	// Dim is n, for a matrix of n × n.
	Dim() int
	// Apply sets dst to A·v. Both have length Dim, and don't overlap.
	Apply(ctx context.Context, dst, v []float64) error
}

// Batcher is an operator that computes several products at once, for less than the cost of each by
// itself.
type Batcher interface {
	Operator
	// ApplyBatch sets dst[i] to A·v[i].
	ApplyBatch(ctx context.Context, dst, v [][]float64) error
}

// Method is how a product with a matrix of second derivatives is made.
type Method int

const (
	// Unstated is the zero value. In a config it stands for the default, ForwardOverReverse. In a
	// result it means that no product was made, or that the operator doesn't say how it makes
	// them, as a Matrix doesn't.
	Unstated Method = iota
	// ForwardOverReverse is the exact derivative of the gradient along v (transform.HVP). What is
	// behind a StopGradient is held constant, as in JAX and PyTorch.
	// Work: 3 gradients for the first vector of a batch, 2 for each further one.
	ForwardOverReverse
	// CentralDifference is (∇L(θ+h·v) − ∇L(θ−h·v))/2h for ‖v‖ = 1, with h = ε^⅓·(1 + ‖θ‖), where ε
	// is the dtype's rounding unit. It needs only the gradient.
	// Relative error: about ε^⅔·(1 + ‖θ‖)², which at ‖θ‖ = 10 is 1e-3 in float32 and 1e-8 in
	// float64; more if the loss has kinks within h.
	// Work: 2 gradients a vector.
	CentralDifference
	// ForwardThroughStops is ForwardOverReverse that also differentiates behind a StopGradient
	// (transform.JVPsThroughStops). Central differences converge to it. The matrix isn't symmetric
	// if the weights decide what is stopped.
	// Work: as ForwardOverReverse.
	ForwardThroughStops
)

// String names the method: "unstated", "forward over reverse", "central difference" or "forward
// through stops".
func (m Method) String() string {
	names := [...]string{"unstated", "forward over reverse", "central difference",
		"forward through stops"}
	if m < 0 || int(m) >= len(names) {
		return fmt.Sprintf("Method(%d)", int(m))
	}
	return names[m]
}

// MadeBy says how the products behind a result were made.
type MadeBy struct {
	Method Method
	// MethodError approximates the relative error of one product. It is 0 for ForwardOverReverse
	// and ForwardThroughStops, which are exact up to rounding, and where Method is Unstated.
	MethodError float64
	// Rounding says how the factors of products were rounded where that is coarser than the dtype,
	// such as "TF32 (relative error about 5e-4)" on a card that was asked for it. Empty: it isn't.
	Rounding string
}

// usable refuses, for the function fn, an operator that isn't there or has no dimension.
func usable(fn string, a Operator) error {
	if absent.Is(a) {
		return bad(fn, "a", "nil", "an operator, such as a Matrix")
	}
	if m, is := a.(Matrix); is && absent.Is(m.Symmetric) {
		return bad(fn, "a", "a Matrix of nil", "a matrix")
	}
	if n := a.Dim(); n < 1 {
		return bad(fn, "a", fmt.Sprintf("of dimension %d", n), "an operator of dimension 1 or more")
	}
	return nil
}

// madeBy is what an operator says about its products.
func madeBy(a Operator) MadeBy {
	if s, ok := a.(interface{ MadeBy() MadeBy }); ok {
		return s.MadeBy()
	}
	return MadeBy{}
}

// costOf is what an operator says it spent. One that doesn't count spends nothing.
func costOf(a Operator) result.Cost {
	if c, ok := a.(interface{ Cost() result.Cost }); ok {
		return c.Cost()
	}
	return result.Cost{}
}

// roundingOf is the unit of rounding of an operator's products.
func roundingOf(a Operator) float64 {
	if r, ok := a.(interface{ RoundingUnit() float64 }); ok {
		return r.RoundingUnit()
	}
	return 0x1p-53
}

// checkSymmetry returns the reason for which an operator isn't symmetric, if it knows one.
func checkSymmetry(ctx context.Context, a Operator) error {
	if s, ok := a.(interface{ CheckSymmetry(context.Context) error }); ok {
		return s.CheckSymmetry(ctx)
	}
	return nil
}

// applyAll sets dst[i] to A·v[i], at once where the operator can.
func applyAll(ctx context.Context, a Operator, dst, v [][]float64) error {
	if b, ok := a.(Batcher); ok {
		return b.ApplyBatch(ctx, dst, v)
	}
	for i := range v {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := a.Apply(ctx, dst[i], v[i]); err != nil {
			return err
		}
	}
	return nil
}

// atOnce is how many products of n numbers to ask for together: 16, and fewer where these with
// their factors would take more than 256 MiB.
func atOnce(n int) int { return max(1, min(16, 1<<24/n)) }

// eachImage calls f with the product of each of vs in turn, which f may change.
func eachImage(ctx context.Context, a Operator, vs [][]float64,
	f func(i int, av []float64)) error {
	together := min(len(vs), atOnce(a.Dim()))
	if _, has := a.(Batcher); !has {
		together = 1 // so that whatever ends the rest leaves those that are done.
	}
	room := vectors(together, a.Dim())
	for from := 0; from < len(vs); from += len(room) {
		to := min(from+len(room), len(vs))
		if err := applyAll(ctx, a, room[:to-from], vs[from:to]); err != nil {
			return err
		}
		for i := from; i < to; i++ {
			f(i, room[i-from])
		}
	}
	return nil
}

// eachProbe calls f with count random vectors, made by draw, and their products, in turn. Both may
// be changed.
func eachProbe(ctx context.Context, a Operator, count int, draw func(v []float64),
	f func(v, av []float64)) error {
	vs := vectors(min(count, atOnce(a.Dim())), a.Dim())
	for done := 0; done < count; done += len(vs) {
		vs = vs[:min(len(vs), count-done)]
		for _, v := range vs {
			draw(v)
		}
		if err := eachImage(ctx, a, vs, func(i int, av []float64) { f(vs[i], av) }); err != nil {
			return err
		}
	}
	return nil
}

// images are the products with vs.
func images(ctx context.Context, a Operator, vs [][]float64) ([][]float64, error) {
	as := vectors(len(vs), a.Dim())
	return as, applyAll(ctx, a, as, vs)
}

// Asymmetry measures |⟨u, Av⟩ − ⟨v, Au⟩| / max(‖Au‖, ‖Av‖) for two random unit vectors drawn from
// seed: 0 for a symmetric matrix, up to the rounding error of its products. Cost: two products.
//
// Everything else here but the traces assumes symmetry and means little without it. A Hessian isn't
// symmetric if the model's gradient isn't the gradient of any function: with custom gradients, or
// with StopGradient on something that the weights decide.
func Asymmetry(ctx context.Context, a Operator, seed uint64) (float64, error) {
	if err := usable("Asymmetry", a); err != nil {
		return 0, err
	}
	r := rand.New(rand.NewPCG(seed, 0))
	vs := [2][]float64{unit(gaussian(r, a.Dim())), unit(gaussian(r, a.Dim()))}
	av := make([]float64, a.Dim())
	var other [2]float64 // ⟨v, Au⟩ and ⟨u, Av⟩.
	scale := 0.0
	for i, v := range vs {
		if err := a.Apply(ctx, av, v); err != nil {
			return 0, err
		}
		other[i] = floats.Dot(vs[1-i], av)
		scale = math.Max(scale, floats.Norm(av, 2))
	}
	if scale == 0 {
		return 0, nil
	}
	return math.Abs(other[1]-other[0]) / scale, nil
}

// bad is the error for an argument of the function fn of this package.
func bad(fn, name string, got any, want string) error {
	return &result.BadArgument{Func: "spectrum." + fn, Name: name, Got: got, Want: want}
}
