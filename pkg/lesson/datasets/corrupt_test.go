package datasets

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCorrupt(t *testing.T) {
	split, err := Digits()
	require.NoError(t, err)
	d := split.Test
	before := d.Hash()
	for _, corruption := range Corruptions() {
		damage := 0.0
		for severity := 1; severity <= 5; severity++ {
			name := fmt.Sprintf("%s %d", corruption, severity)
			c, err := d.Corrupt(corruption, severity, 1)
			require.NoError(t, err, name)
			again, err := d.Corrupt(corruption, severity, 1)
			require.NoError(t, err, name)
			assert.Equal(t, c.Hash(), again.Hash(), "%s: same seed, same bytes", name)
			assert.Equal(t, d.Labels, c.Labels, name)

			sum := 0.0
			for i, v := range c.X {
				require.True(t, v >= 0 && v <= 1, "%s: pixel %v", name, v)
				sum += math.Abs(float64(v - d.X[i]))
			}
			assert.Greater(t, sum, damage, "%s does more than the severity below", name)
			damage = sum
		}
	}
	assert.Equal(t, before, d.Hash(), "the original stays")
	_, err = d.Corrupt("fog", 1, 1)
	assert.ErrorContains(t, err, `no corruption "fog"`)
	_, err = d.Corrupt(Blur, 6, 1)
	assert.ErrorContains(t, err, "severity 6")
	_, err = numbered(4, 2).Corrupt(Blur, 1, 1)
	assert.ErrorContains(t, err, "only images")
}

// dot returns a 7×7 image that is white but for one pixel.
func dot(y, x int) picture {
	p := picture{7, 7, 1, make([]float32, 49)}
	p.pixels[y*7+x] = 1
	return p
}

func TestTranslateByWholePixels(t *testing.T) {
	p := dot(3, 3)
	p.translate(2, -1)
	assert.Equal(t, dot(5, 2), p)
}

func TestTranslateByHalfAPixel(t *testing.T) {
	p := dot(3, 3)
	p.translate(0.5, 0)
	assert.Equal(t, []float32{0.5, 0.5}, []float32{p.pixels[3*7+3], p.pixels[4*7+3]})
}

// TestBlur compares with the Gaussian itself and keeps the sum.
func TestBlur(t *testing.T) {
	p := dot(3, 3)
	p.blur(0.8)
	sum := float32(0)
	for _, v := range p.pixels {
		sum += v
	}
	assert.InDelta(t, 1, sum, 1e-6)
	assert.InDelta(t, math.Exp(-1/(2*0.64)), p.pixels[3*7+4]/p.pixels[3*7+3], 1e-6)
	assert.InDelta(t, math.Exp(-2/(2*0.64)), p.pixels[4*7+4]/p.pixels[3*7+3], 1e-6)
}

func TestContrast(t *testing.T) {
	p := picture{1, 2, 1, []float32{0.2, 0.6}}
	p.corrupt(Contrast, 0.5, nil)
	assert.InDeltaSlice(t, []float32{0.3, 0.5}, p.pixels, 1e-6)
}

func TestNoiseHasItsDeviation(t *testing.T) {
	p := picture{100, 100, 1, make([]float32, 10000)}
	p.corrupt(GaussianNoise, 0.18, rand.New(rand.NewPCG(1, 1)))
	squares := 0.0
	for _, v := range p.pixels {
		squares += float64(v) * float64(v)
	}
	assert.InDelta(t, 0.18, math.Sqrt(squares/10000), 0.004)
}
