// Package trajectory looks at a training as a path of weights. It records the path, finds the plane
// that shows most of it, says how much that is worth, and follows the sharpest curvature along it.
//
//	recorder, err := trajectory.NewRecorder(problem, trajectory.RecorderConfig{Every: 10})
//	recorder.Attach(loop) // and run it
//	path, err := recorder.Trajectory()
//	pca, err := path.PCA(ctx, trajectory.PCAConfig{})
//	seen, err := pca.Compare(ctx, problem, path, 0)
//	test, err := pca.RandomWalk(ctx, trajectory.WalkConfig{Seed: 1})
//
// The plane of a [PCA] is a landscape.Plane, over which a surface can be measured. Two components
// explain much of any path, even of a random walk: [PCA.RandomWalk] compares with random walks.
// [PCA.Compare] tells how far the loss in the picture is from that of the training.
//
// [TrackEdge] measures the Hessian's largest eigenvalues while a loop trains, beside the line 2/η.
//
// Weights are vectors in the layout of landscape.Params. Progress, cancellation and what a
// measurement leaves behind are as in package landscape.
//
// # Files
//
//	trajectory.go   Trajectory, the weights during training
//	recorder.go     Recorder, which keeps them in memory or in a folder
//	pca.go          the principal plane of a trajectory
//	compare.go      the loss on a trajectory, and on its shadow in a plane
//	walk.go         what a random walk would have shown
//	edge.go         TrackEdge, λmax along gradient descent
package trajectory
