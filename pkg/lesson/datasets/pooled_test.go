package datasets_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/lesson/datasets"
)

func TestPooled(t *testing.T) {
	d := &datasets.Data{
		Name: "two", Shape: []int{8}, Image: [3]int{2, 4, 1}, Labels: []int32{0, 1}, Classes: 2,
		X: []float32{1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 4, 0, 0, 0, 0},
	}
	small, err := d.Pooled(2)
	require.NoError(t, err)
	require.Equal(t, []float32{3.5, 5.5, 0, 1}, small.X)
	require.Equal(t, []int{2}, small.Shape)
	require.Equal(t, [3]int{1, 2, 1}, small.Image)
	require.Equal(t, d.Labels, small.Labels)
	require.Equal(t, float32(1), d.X[0], "the original stays")

	_, err = d.Pooled(3)
	require.ErrorContains(t, err, "don't divide")
	_, err = (&datasets.Data{Name: "points"}).Pooled(2)
	require.ErrorContains(t, err, "no images")
}
