package landscape

import "lossland/internal/testnet"

// What these tests share with those of the packages above.
type fixed = testnet.Fixed

var (
	crossEntropy  = testnet.CrossEntropy
	mlp           = testnet.MLP
	quick         = testnet.Quick
	randomBatches = testnet.RandomBatches
	seededStore   = testnet.Store
)
