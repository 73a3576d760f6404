package experiments

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/evidence"
)

// TestOverSeeds: rows of one seed go together. With every row of a seed alike, the interval is that
// of the seeds.
func TestOverSeeds(t *testing.T) {
	d := &Data{Columns: map[string]Column{}}
	for seed := range 4 {
		for range 25 {
			d.add("seed", seed, "hit", seed > 0)
		}
	}
	hit := d.column("hit")
	got, err := d.overSeeds(func(of []int) float64 { return mean(evidence.Pick(hit, of)) })
	require.NoError(t, err)
	assert.Equal(t, 4, got.N)
	assert.Equal(t, 0.75, got.Effect)
	// A percentile of shares of four seeds; a hundred rows taken as independent give about 0.66.
	assert.Equal(t, 0.25, got.Low)
	assert.Equal(t, 1.0, got.High)
	assert.Equal(t, "bootstrap over seeds", got.Method)
}

// TestColumnStatistics by hand.
func TestColumnStatistics(t *testing.T) {
	d := &Data{Columns: map[string]Column{"x": {4, 1, 16}, "hit": {1, 0, 1}, "one": {1, 1, 1}}}
	assert.Equal(t, 7.0, d.mean("x"))
	assert.Equal(t, 4.0, d.median("x"))
	assert.InDelta(t, 4, d.geometric("x"), 1e-12)
	assert.Equal(t, 1.0, d.least("x"))
	assert.Equal(t, 16.0, d.largest("x"))
	share, err := d.share("hit")
	require.NoError(t, err)
	assert.InDelta(t, 2./3, share.Effect, 1e-12)
	ratio, err := d.ratio("x", "one")
	require.NoError(t, err)
	assert.InDelta(t, 4, ratio.Effect, 1e-12)
}

// TestCounts: values that fulfil a condition.
func TestCounts(t *testing.T) {
	assert.Equal(t, 1, countBelow([]float64{1, 2, 3}, 2))
	assert.Equal(t, "2 of 3", atCap([]float64{1, 2, 3}, 2))
	assert.Equal(t, []float64{2, 0.5}, ratios([]float64{4, 1}, []float64{2, 2}))
}

// TestGroups: rising values, each with its rows.
func TestGroups(t *testing.T) {
	values, rows := (&Data{Columns: map[string]Column{"seed": {2, 1, 2}}}).groups("seed")
	assert.Equal(t, []float64{1, 2}, values)
	assert.Equal(t, [][]int{{1}, {0, 2}}, rows)
}
