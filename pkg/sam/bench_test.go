package sam_test

import (
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
	"lossland/pkg/xla"
)

// BenchmarkStep is one training step of the MLP 64-128-128-10 on a batch of 128, plain and with
// SAM.
func BenchmarkStep(b *testing.B) {
	for name, rho := range map[string]float64{"plain": 0, "sam": 0.05} {
		b.Run(name, func(b *testing.B) {
			store := model.NewStore()
			store.SetParam(model.ParamInitialSeed, int64(1))
			o := sam.New(sgd(0.01)).Rho(rho).Done()
			trainer := train.NewTrainer(xla.MustOpen(), store, mlp, crossEntropy, o, nil, nil)
			batch := digitsLike()
			_, err := o.TrainStep(trainer, batch())
			require.NoError(b, err)
			for b.Loop() {
				metrics, err := o.TrainStep(trainer, batch())
				if err != nil {
					b.Fatal(err)
				}
				for _, m := range metrics {
					m.MustFinalizeAll()
				}
			}
		})
	}
}

func mlp(scope *model.Scope, x *graph.Node) *graph.Node {
	x = activation.Relu(layers.Dense(scope.In("l0"), x, true, 128))
	x = activation.Relu(layers.Dense(scope.In("l1"), x, true, 128))
	return layers.Dense(scope.In("l2"), x, true, 10)
}

// digitsLike makes batches of noise in the shape of 128 digits, always the same.
func digitsLike() func() train.Batch {
	const n, pixels = 128, 64
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := make([]float32, n*pixels), make([]int32, n)
	for i := range x {
		x[i] = rng.Float32()
	}
	for i := range y {
		y[i] = int32(rng.IntN(10))
	}
	return func() train.Batch { // a step consumes its tensors
		return train.Batch{
			Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(x, n, pixels)},
			Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(y, n, 1)},
		}
	}
}
