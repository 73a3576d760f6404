package training

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"lossland/pkg/sam"
)

func TestSAMOfRadiusZeroIsItsBase(t *testing.T) {
	cfg := blobs(t)
	plain := trained(t, cfg)
	cfg.Optimizer = SAM(cfg.Optimizer, 0)
	assert.Equal(t, theta(t, plain.Final), theta(t, trained(t, cfg).Final))
	cfg.Optimizer = SAM(SGD(0.3), 0.1)
	assert.NotEqual(t, theta(t, plain.Final), theta(t, trained(t, cfg).Final))
}

func TestMomentumOfZeroIsSGD(t *testing.T) {
	cfg := blobs(t)
	plain := trained(t, cfg)
	cfg.Optimizer = Momentum(0.3, 0)
	assert.InDeltaSlice(t, theta(t, plain.Final), theta(t, trained(t, cfg).Final), 1e-5)
	cfg.Optimizer = Momentum(0.3, 0.9)
	assert.Greater(t, plain.Last().Train.Loss.Value, trained(t, cfg).Last().Train.Loss.Value)
}

// TestNamesTellOptimizersApart: the cache knows them by name.
func TestNamesTellOptimizersApart(t *testing.T) {
	names := map[string]bool{}
	for _, o := range []Optimizer{
		SGD(0.1), SGD(0.2), Momentum(0.1, 0.9), Momentum(0.1, 0.5),
		SAM(SGD(0.1), 0.05), SAM(SGD(0.1), 0.1), SAM(SGD(0.2), 0.05),
		SAMVariant(SGD(0.1), "asam rho=0.05", func(c *sam.Config) *sam.Config { return c.ASAM(0) }),
	} {
		assert.False(t, names[o.Name], o.Name)
		names[o.Name] = true
	}
}
