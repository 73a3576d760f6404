package training

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestRunHash: other weights, another network to the cache.
func TestRunHash(t *testing.T) {
	cfg := blobs(t)
	a := trained(t, cfg)
	assert.Equal(t, a.hash(), trained(t, cfg).hash())
	cfg.DataSeed = 9
	assert.NotEqual(t, a.hash(), trained(t, cfg).hash())
}
