package experiments

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"gonum.org/v1/gonum/stat"
)

// TestNetworkSize: the plan's numbers of weights.
func TestNetworkSize(t *testing.T) {
	assert.Equal(t, 3466, mlp.size())
	assert.Equal(t, 8970, wideNet.size())
	assert.Equal(t, 1482, midNet.size())
	assert.Equal(t, 10, mlp.outputs())
}

// TestInitial: biases 0, kernels of the plan's variance, the same for the same seed.
func TestInitial(t *testing.T) {
	for name, c := range map[string]struct {
		net  network
		want float64
	}{
		"relu":    {network{Widths: []int{100, 200}, Activation: "relu"}, 2. / 100},
		"tanh":    {network{Widths: []int{100, 200}, Activation: "tanh"}, 1. / 100},
		"sigmoid": {network{Widths: []int{100, 200}, Activation: "sigmoid"}, 2. / 300},
		"narrow":  {network{Widths: []int{100, 200}, Activation: "tanh", Narrow: true}, 1. / 300},
	} {
		t.Run(name, func(t *testing.T) {
			theta := c.net.initial(1)
			assert.Len(t, theta, c.net.size())
			assert.Equal(t, make([]float64, 200), theta[:200])
			assert.InEpsilon(t, c.want, stat.Variance(theta[200:], nil), 0.05)
			assert.Equal(t, theta, c.net.initial(1))
			assert.NotEqual(t, theta, c.net.initial(2))
		})
	}
}
