// Package experiments measures the claims of evidence/plan.md, judges them and draws them.
//
// [Run] measures rows into a folder, [Tabulate] makes the table and the pictures anew from what
// lies there, and [SAMDigits] makes docs/sam.md's comparison. The package builds on the lesson's
// lower rooms: session, datasets and training.
//
// # Rows
//
// A row is a value in the file of its experiment: what is measured, how it is judged, how it is
// drawn, and what it costs. [Run] finds it there. So a new row is a line in evidence/plan.md and
// one file, which the map below names:
//
//	var _ = gather(experiment{
//		rows:    []row{{"X7", judgeNew, drawNew}},
//		measure: (*lab).measureNew, quick: 5, full: 60, // seconds on two cores
//	})
//
// Its measure function fills columns, one number a seed, model or point. judge and draw see nothing
// but these data, so that the table can be made anew without measuring. Rows that ask the same runs
// share an experiment. Experiments run in the plan's order, timings last.
//
// # Notation
//
// θ is a network's weights in one flat vector (network.go), η a learning rate, and ρ the radius of
// SAM's ball. λmax and λmin are the ends of the spectrum of the training loss's Hessian, and tol is
// the plan's tolerance under which an eigenvalue counts as zero: 1e-3·λmax, at least 1e-6. Steps
// are counted in mini-batches, 44 of them an epoch for the common training.
//
// # Failures
//
// A training that doesn't come to where a row needs it, an eigenvalue that didn't converge, and
// data that lack a column are errors that name the row. A cancelled run keeps the units that it
// finished.
//
// # Tests
//
// A file has a twin test where something in it can be computed without minutes of training. The
// measure functions of all rows are run by `make evidence-quick`; table_test.go judges and draws
// every row from the committed data.
//
// # Files
//
// From data to the table:
//
//	row.go             row, experiment, and their order
//	run.go             Run, Config
//	clock.go           how far a run is
//	data.go            Data, what a row measured, and its file
//	judge.go           a row's claim from its data
//	statistics.go      statistics of columns
//	picture.go         a row's picture from its data
//	table.go           Tabulate
//	machine.go         Machine, where and when a run was made; Command
//
// What experiments share:
//
//	lab.go             data sets, compiled programs, the cache
//	network.go         a perceptron whose weights are one vector
//	examples.go        a data set as numbers and tensors
//	descent.go         many steps of descent in one compiled loop
//	trail.go           a training with marks, kept weights and a trace
//	meter.go           loss and accuracy on a set
//	curvature.go       λmax, both ends of the spectrum, sharpness
//	ascent.go          the largest loss in a ball or a box
//	matching.go        units of one network in the order of another's
//	newton.go          gradient and Hessian of a small network in closed form
//	search.go          searches for critical points with it
//
// Experiments, with their rows:
//
//	overfit.go         F1
//	saddles.go         F2, W1
//	stuck.go           F3
//	plateau.go         F4, A3
//	models.go          F5, F6, A4
//	pathplane.go       S1
//	largebatch.go      T1, A5, W5
//	batchslope.go      T2
//	sharpaware.go      T3, A6, M2
//	stepcost.go        M1
//	manyseeds.go       W2, A2, and the common training
//	memorise.go        W3
//	escape.go          W4
//	surface.go         A1
//	rescaled.go        X1
//	connected.go       X2
//	edge.go            X3
//	negative.go        X4
//	smallnet.go        X5
//	planecurvature.go  X6
//	samdigits.go       the SAM family on the digits, a table of its own
package experiments
