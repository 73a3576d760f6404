package sam_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
)

// TestFilters: what counts as a weight.
func TestFilters(t *testing.T) {
	store, _ := trained(t, asModelFn(full), crossEntropy, sgd(0.1), 1)
	var weights, norms []string
	for v := range store.IterVariables() {
		if !v.Trainable {
			continue
		}
		if sam.WeightsOnly(v) {
			weights = append(weights, v.Path())
		}
		if sam.NormsOnly(v) {
			norms = append(norms, v.Path())
		}
	}
	require.Equal(t, []string{"/hidden/dense/weights", "/output/dense/weights"}, weights)
	require.Equal(t,
		[]string{"/hidden/batch_normalization/scale", "/hidden/batch_normalization/offset"}, norms)
}
