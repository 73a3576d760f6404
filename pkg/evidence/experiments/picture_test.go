package experiments

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/evidence"
)

// TestPictureSeesData: another number gives another picture, and data without a column an error
// that names it.
func TestPictureSeesData(t *testing.T) {
	d := &Data{ID: "T3", Columns: map[string]Column{"λmax, SGD": {2, 3}, "λmax, SAM": {1, 1}}}
	r := mustRow(t, "T3")
	draw := func() string {
		figure, err := r.picture(evidence.Claim{ID: "T3"}, d)
		require.NoError(t, err)
		svg, err := figure.SVG()
		require.NoError(t, err)
		return string(svg)
	}
	before := draw()
	d.Columns["λmax, SAM"][1] = 1.5
	assert.NotEqual(t, before, draw())
	delete(d.Columns, "λmax, SAM")
	_, err := r.picture(evidence.Claim{ID: "T3"}, d)
	assert.ErrorContains(t, err, `no column "λmax, SAM"`)
}

// TestLines: one line a seed, and one label for all.
func TestLines(t *testing.T) {
	got := lines("a line", 2, func(seed int) (x, y []float64) {
		return []float64{1}, []float64{float64(seed)}
	})
	require.Len(t, got, 2)
	assert.Equal(t, "a line", got[0].Label)
	assert.Empty(t, got[1].Label)
	assert.Equal(t, []float64{1}, got[1].Y)
}
