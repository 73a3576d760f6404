package landscape

// Trajectory is the path of weights during training: the points θ that a [Recorder] kept, in the order of steps.
type Trajectory struct {
	Steps  []int       // training step of each point, strictly increasing.
	Points [][]float64 // the weights there, in the layout of [Params].
}
