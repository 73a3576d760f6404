package training

// Status is how a training ended.
type Status string

const (
	// Finished: all steps were run.
	Finished Status = "finished"
	// Diverged: the loss of a batch was NaN or infinite, and training stopped there.
	Diverged Status = "diverged"
)

// Record is what a training measured; it can be stored with encoding/gob.
type Record struct {
	Status Status
	Steps  int // that were run

	// Curve is measured every RecordEvery steps; its last point is the final one.
	Curve []Measured

	// BatchLoss is the loss that the trainer reported at each step, on that step's batch.
	BatchLoss []float64

	// TrainSeconds is the time that steps took, with compilation and without measurements;
	// WallSeconds all of it.
	TrainSeconds, WallSeconds float64

	// Final is the model at the end, Snapshots those kept on the way.
	Final     State
	Snapshots []Snapshot
}

// Measured is a point of the learning curve. Test is zero where there is no test set.
type Measured struct {
	Step        int
	Epoch       float64
	Train, Test Score
}

// Snapshot is the model after a step.
type Snapshot struct {
	Step  int
	State State
}

// Last returns the final measurements.
func (r *Record) Last() Measured { return r.Curve[len(r.Curve)-1] }

// Trajectory returns the weights of the snapshots in order, each as [State.Theta].
func (r *Record) Trajectory() (steps []int, thetas [][]float64, err error) {
	for _, snapshot := range r.Snapshots {
		theta, err := snapshot.State.Theta()
		if err != nil {
			return nil, nil, err
		}
		steps, thetas = append(steps, snapshot.Step), append(thetas, theta)
	}
	return steps, thetas, nil
}
