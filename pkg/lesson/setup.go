package lesson

// MLPOf3466 is the lesson's usual network: 64-32-32-10 with ReLU, 3,466 weights.
func MLPOf3466() MLP { return MLP{Hidden: []int{32, 32}, Outputs: 10} }

// CommonSetup is the training that evidence/plan.md calls the common set-up: the MLP of 3,466 weights on the digits, plain SGD at a
// constant rate of 0.1, batches of 32, 100 epochs, cross-entropy. The seed decides the initial weights and the order of the
// examples. The learning curve is measured every 220 steps, which is every five epochs.
//
// Notebooks start from it and change what their question is about, so that whatever they have in common is trained once.
func CommonSetup(digits Split, seed uint64) TrainConfig {
	return TrainConfig{
		Model: MLPOf3466(), Train: digits.Train, Test: digits.Test, Optimizer: SGD(0.1), BatchSize: 32, Epochs: 100,
		InitSeed: seed, DataSeed: seed, RecordEvery: 220, Progress: Progress("training"),
	}
}
