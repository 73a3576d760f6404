// Package analytic holds loss functions whose landscape is known in closed form: tests, notebooks
// and figures take their truth from this one table.
//
// A [Problem] is one function of θ ∈ Rⁿ, three times over:
//
//   - in plain Go and float64: Value, Gradient, Hessian;
//   - as a GoMLX graph: Loss, for float32 or float64 weights;
//   - as a program that [train.NewTrainer] runs: [Problem.Program], whose only variable is
//     "theta", shape [n].
//
// and what is known about it: the critical points (or other landmarks) with their loss, the
// eigenvalues of the Hessian there, and the verdict. [Problems] lists them all with their default
// sizes.
//
// # Notation
//
// θ are the weights, L(θ) the loss, H = ∇²L its Hessian, λ₁ ≤ … ≤ λₙ the eigenvalues of H, always
// ascending. The index of a critical point is the number of negative eigenvalues; its share of n is
// what the loss-landscape literature plots (Dauphin et al. 2014).
//
// # What a Hessian can and cannot say
//
// [Point.Kind] is the verdict of the second derivatives alone: a saddle as soon as there is a
// negative and a positive eigenvalue, a minimum if all are positive, and [Degenerate] if one is
// zero and the others do not decide. [Point.Nature] is what the function does there in truth. They
// differ, for example, on the valley ½(w₁w₂−1)², whose every point (a, 1/a) is a minimum that no
// Hessian can prove, and at the monkey saddle.
//
// # Besides the functions
//
// Closed forms that need no landscape: sharpness of a quadratic ([GaussianSharpness],
// [KeskarSharpness], [WorstCaseL2]), SAM's two-cycle on it ([SAMTwoCycle]), the spectra of random
// matrices ([MarchenkoPastur], [Semicircle]) and the index of a Gaussian random landscape against
// its height ([RandomFieldIndex]).
//
// # Failure
//
// Constructors return an error for an argument that makes no sense. Value, Gradient and Hessian
// panic on a θ of the wrong length, as gonum's functions do; Loss panics on a wrong shape, as
// graph-building functions do in GoMLX.
//
// # Files
//
//	graph.go          elementary functions as graphs
//	himmelblau.go     Himmelblau, nine critical points
//	innerproduct.go   InnerProduct, the smallest landscape with a symmetry
//	kind.go           Kind, the verdict on a point
//	linearnet.go      TwoLayerLinear, a linear network and its saddles
//	plateau.go        Plateau, a well in a plain
//	problem.go        Problem, Point, and the table of all
//	program.go        Program, a problem that a trainer can run
//	quadratic.go      Quadratic and spectra for it
//	randomfield.go    RandomField, a smooth random landscape
//	randommatrix.go   MarchenkoPastur, Semicircle, GOE
//	rosenbrock.go     Rosenbrock, a curved valley
//	saddle.go         PlainSaddle, MonkeySaddle
//	sharpness.go      sharpness of a quadratic in closed form
//	softmax.go        SoftmaxRegression at zero weights
//	uneven.go         UnevenWells, a poor local minimum
//	valley.go         Valley, a valley of minima
//	wells.go          TwoWells, sharp and flat
package analytic
