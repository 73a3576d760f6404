package experiments

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestColumnRoundTrip: what isn't finite survives as NaN.
func TestColumnRoundTrip(t *testing.T) {
	text, err := json.Marshal(Column{1.5, math.NaN(), math.Inf(1)})
	require.NoError(t, err)
	assert.Equal(t, "[1.5,null,null]", string(text))
	var c Column
	require.NoError(t, json.Unmarshal(text, &c))
	assert.Equal(t, 1.5, c[0])
	assert.True(t, math.IsNaN(c[1]))
}

// TestDataRoundTrip: a row's data come back as they were written.
func TestDataRoundTrip(t *testing.T) {
	d := &Data{ID: "F1", Scale: "quick", Columns: map[string]Column{},
		Series: map[string]Column{"s": {1}}, Facts: map[string]float64{"cap": 7}}
	d.add("seed", uint64(1), "n", 2, "x", 0.5, "hit", true)
	assert.Equal(t, map[string]Column{"seed": {1}, "n": {2}, "x": {0.5}, "hit": {1}}, d.Columns)
	out := t.TempDir()
	require.NoError(t, d.write(out))
	got, err := ReadData(out, "F1")
	require.NoError(t, err)
	assert.Equal(t, d, got)
}
