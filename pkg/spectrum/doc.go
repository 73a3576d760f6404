// Package spectrum measures matrices that are known by their products with vectors: eigenpairs at
// the ends of the spectrum, the distribution of all eigenvalues, traces and norms. It needs only
// gonum. The Hessian of a GoMLX model's loss is such a matrix (landscape.Operator). So is a gonum
// matrix ([Matrix]), and any type with the two methods of [Operator].
//
//	e, err := spectrum.Lanczos(ctx, a, 2, spectrum.BothEnds, spectrum.LanczosConfig{})
//	fmt.Println(e.Min(), e.Max(), e.Residuals, e.Status)
//
// # Notation
//
// A is a symmetric matrix of n × n, λ its eigenvalues and v its unit eigenvectors. Eigenvalues are
// sorted algebraically, ascending. Vectors are []float64 of length n. ‖·‖ is the 2-norm, for
// matrices the largest |λ|, and ‖·‖_F the Frobenius norm. See docs/notation.md.
//
// # How sure a number is
//
// An eigenvalue comes with its residual ‖Av − λv‖: some eigenvalue is that near. A separate check
// makes sure that the ends are the ends and that multiple eigenvalues are complete.
// result.Converged says that both hold. An estimate from random probes comes with its standard
// error (result.Estimate). Residuals and standard errors hold for a symmetric A. [Asymmetry]
// measures whether A is symmetric, and an operator that knows that it isn't is refused. [MadeBy]
// says how the products are made, and how exactly.
//
// Seeds decide all random vectors: the same seed and products give the same numbers, bit for bit.
//
// # Failure
//
// Functions return errors. A bad argument is a *result.BadArgument. Lanczos and NewDensity return
// an error for a product that isn't finite. The operator's errors are passed on as they are. An
// iteration that didn't converge isn't an error: its Status says so. Nothing here panics on bad
// numbers.
//
// # Progress, cancellation, concurrency
//
// Functions that take many products report to the function given to result.WithProgress. The
// context goes to every product. Functions hold no state of their own, so they may run concurrently
// if their operators allow it.
//
// # Files
//
//	arena.go        where a Krylov space's vectors are: on the host, or on the operator's device
//	basis.go        vectors kept one beside the other, added as they come
//	density.go      NewDensity, all eigenvalues by stochastic Lanczos quadrature
//	dense.go        NewDense, the matrix itself where it is small; Matrix, a gonum matrix as such
//	eigenpairs.go   Eigenpairs, what Lanczos returns; Index, Condition, EffectiveRank
//	forecast.go     how many products a search is expected to take
//	interrupted.go  what is kept of a search that its context ended
//	kink.go         Kink, an exact product beside a difference
//	krylov.go       NewKrylov, the space of v, Av, A²v … that Lanczos and NewDensity are made of
//	lanczos.go      Lanczos, eigenpairs at an end of the spectrum
//	operator.go     Operator and Batcher, how products are made and what they cost, Asymmetry
//	settle.go       whether an eigenvalue was missed, such as a copy of a multiple one
//	trace.go        Hutchinson and HutchPlusPlus, traces from random probes
//	vectors.go      random vectors, and orthonormal bases
package spectrum
