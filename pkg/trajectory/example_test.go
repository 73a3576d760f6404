package trajectory_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/janpfeifer/must"

	"lossland/pkg/landscape"
	"lossland/pkg/landscape/analytic"
	"lossland/pkg/trajectory"
	"lossland/pkg/viz"
	"lossland/pkg/xla"
)

// The plane that a spiral path lies in: two components explain all of it but its rise.
func ExampleTrajectory_PCA() {
	path := [][]float64{{4, 0, 0.3}, {0, 3, 0.2}, {-2, 0, 0.1}, {0, -1, 0}}
	training := must.M1(trajectory.New([]int{0, 10, 20, 30}, path))
	pca := must.M1(training.PCA(context.Background(), trajectory.PCAConfig{}))
	fmt.Printf("explained: %.3f\n", pca.Explained[:3])
	for i, step := range pca.Steps[:3] { // the last one is the origin.
		fmt.Printf("step %2d: (%6.3f, %6.3f), %.3f off the plane\n",
			step, pca.Alphas[i], pca.Betas[i], pca.OffPlane[i])
	}
	// Output:
	// explained: [0.560 0.440 0.001]
	// step  0: ( 3.930, -1.281), 0.063 off the plane
	// step 10: ( 2.137,  3.387), 0.047 off the plane
	// step 20: (-1.151,  1.915), 0.125 off the plane
}

// What two principal components explain of a path without any direction to it.
func ExampleRandomWalkExplained() {
	for _, points := range []int{10, 100, 1000} {
		last := trajectory.RandomWalkExplained(points, trajectory.LastPoint)
		mean := trajectory.RandomWalkExplained(points, trajectory.MeanPoint)
		fmt.Printf("%-4d points: %.3f about the last, %.3f about the mean\n",
			points, last[0]+last[1], mean[0]+mean[1])
	}
	// Output:
	// 10   points: 0.907 about the last, 0.778 about the mean
	// 100  points: 0.901 about the last, 0.760 about the mean
	// 1000 points: 0.901 about the last, 0.760 about the mean
}

// Gradient descent in Dinh's valley, from a point too sharp for its rate: λmax = 12.3 is above 2/η
// = 10, so it is thrown out, and comes to rest where the valley is flat enough. viz.Strip draws it.
func ExampleTrackEdge() {
	ctx := context.Background()
	const rate = 0.2
	program := must.M1(analytic.Valley().Program(dtypes.Float64, []float64{3.5, 0.3}))
	p := must.M1(landscape.NewProblem(xla.MustOpen(), program.Store, program.Model, program.Loss,
		program.Dataset(1), nil))
	sgd := optimizer.StochasticGradientDescent().WithDecay(false).WithLearningRate(rate).Done()
	loop := train.NewLoop(train.NewTrainer(xla.MustOpen(), program.Store, program.Model,
		program.Loss, sgd, nil, nil))
	edge := must.M1(trajectory.TrackEdge(ctx, p, loop,
		trajectory.EdgeConfig{Every: 10, LearningRate: rate}))
	defer edge.Close()
	must.M1(loop.RunSteps(program.Dataset(60), 60))

	strip := viz.Strip{Bound: []float64{edge.Points[0].Stability}}
	for _, point := range edge.Points {
		strip.Steps = append(strip.Steps, float64(point.Step))
		strip.Values = append(strip.Values, point.Eigenvalues)
	}
	fmt.Println(strings.ReplaceAll(strip.Alt(), "; ", ";\n"))
	// Output:
	// Eigenvalues over 7 steps: from 12.3 to 12.3 at 0, from 6.88 to 6.88 at 60;
	// largest of all 12.7, smallest 6.88;
	// the largest is above 2/η at 2 of 7 steps.
}
