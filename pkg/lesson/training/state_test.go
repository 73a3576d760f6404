package training

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestState(t *testing.T) {
	cfg := blobs(t)
	cfg.Model, cfg.Optimizer = MLP{Hidden: []int{8}, Outputs: 3, BatchNorm: true}, Adam(0.01)
	run := trained(t, cfg)
	var paths []string
	for _, v := range run.Final {
		paths = append(paths, v.Path)
	}
	assert.Equal(t, []string{
		"/hidden_0/batch_normalization/mean",
		"/hidden_0/batch_normalization/offset",
		"/hidden_0/batch_normalization/scale",
		"/hidden_0/batch_normalization/variance",
		"/hidden_0/dense/biases",
		"/hidden_0/dense/weights",
		"/output/dense/biases",
		"/output/dense/weights",
	}, paths, "what the model reads, and not the optimizer's variables")
	assert.False(t, run.Final[0].Trainable)

	broken := run.Final[0]
	broken.Bytes = broken.Bytes[1:]
	_, err := State{broken}.Store()
	assert.ErrorContains(t, err, "has 31 bytes")
	broken.DType = "Float33"
	_, err = State{broken}.Store()
	assert.Error(t, err)
}
