package datasets

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/viz"
)

func TestPixels(t *testing.T) {
	digits, err := Digits()
	require.NoError(t, err)
	image := digits.Test.Pixels(2, "a digit")
	assert.Equal(t, 8, image.Width)
	assert.Len(t, image.Pixels, 64)
	assert.Equal(t, float64(digits.Test.X[2*64+9]), image.Pixels[9])
	_, err = viz.Images{Images: []viz.Image{image}}.SVG()
	assert.NoError(t, err)
}
