package training

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCosineDecay(t *testing.T) {
	assert.InDelta(t, 1, CosineDecay(0.1).Factor(0, 100), 1e-12)
	assert.InDelta(t, 0.55, CosineDecay(0.1).Factor(50, 100), 1e-12)
	assert.InDelta(t, 0.1, CosineDecay(0.1).Factor(100, 100), 1e-12)
}
