package evidence

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDecide(t *testing.T) {
	between := func(low, high float64) Interval {
		return Interval{Effect: (low + high) / 2, Low: low, High: high, N: 10}
	}
	for _, c := range []struct {
		threshold Threshold
		effect    Interval
		second    bool
		want      Verdict
	}{
		{Above(1), between(1.1, 2), true, Supported},
		{Above(1), between(1.1, 2), false, Mixed},
		{Above(1), between(0.9, 2), true, Mixed},
		{Above(1), between(1, 2), true, Mixed},
		{Above(1), between(0.2, 0.9), true, NotAtThisScale},
		{Above(1), between(0.2, 0.9), false, NotAtThisScale},
		{Below(0), between(-2, -1), true, Supported},
		{Below(0), between(-2, 1), true, Mixed},
		{Below(0), between(1, 2), true, NotAtThisScale},
		{Within(1.7, 2.3), between(1.8, 2.2), true, Supported},
		{Within(1.7, 2.3), between(1.6, 2.2), true, Mixed},
		{Within(1.7, 2.3), between(1.6, 2.4), true, Mixed},
		{Within(1.7, 2.3), between(2.4, 2.5), true, NotAtThisScale},
		{Within(1.7, 2.3), between(1.4, 1.5), true, NotAtThisScale},
		{Above(1), Interval{math.NaN(), math.NaN(), math.NaN(), 1, ""}, true, Mixed},
	} {
		assert.Equal(t, c.want, c.threshold.Decide(c.effect, c.second, 0), "%v of %v", c.effect, c.threshold)
	}
	for planned, want := range map[int]Verdict{9: Supported, 10: Supported, 11: Mixed} {
		assert.Equal(t, want, Above(1).Decide(Interval{2, 1.5, 2.5, 10, "t"}, true, planned), planned)
	}
	assert.Equal(t, NotAtThisScale, Above(1).Decide(Interval{0.5, 0.2, 0.9, 10, "t"}, true, 11)) // what speaks against needs no excuse
	assert.Equal(t, "> 1", Above(1).String())
	assert.Equal(t, "< 0.1", Below(0.1).String())
	assert.Equal(t, "within 1.7 … 2.3", Within(1.7, 2.3).String())
}

func row(id string) Claim {
	return NewClaim(id, "large batches find sharper minima", "ratio", Above(1), Interval{2, 1.5, 2.5, 10, "t"}, true, 10, "make evidence")
}

func TestClaimsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claims.json")
	require.NoError(t, WriteClaims(path, []Claim{row("T1"), row("T2")}))
	got, err := ReadClaims(path)
	require.NoError(t, err)
	assert.Equal(t, []Claim{row("T1"), row("T2")}, got)
	assert.Equal(t, Interval{Effect: 2, Low: 1.5, High: 2.5, N: 10}, got[0].Interval())

	var fields []map[string]any
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(content, &fields))
	assert.Equal(t, map[string]any{
		"id": "T1", "claim": "large batches find sharper minima", "statistic": "ratio", "threshold": "> 1", "n": 10.,
		"effect": 2., "low": 1.5, "high": 2.5, "verdict": "supported", "command": "make evidence",
	}, fields[0])
	files, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, files, 1, "no temporary file stays")
}

func TestClaimsAreChecked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claims.json")
	require.NoError(t, WriteClaims(path, []Claim{row("T1")}))
	for want, spoil := range map[string]func(c *Claim){
		"lacks a text":      func(c *Claim) { c.Command = "" },
		`verdict "perhaps"`: func(c *Claim) { c.Verdict = "perhaps" },
		"n is 0":            func(c *Claim) { c.N = 0 },
		"effect NaN":        func(c *Claim) { c.Effect = math.NaN() },
		"[3, 2.5]":          func(c *Claim) { c.Low = 3 },
		"[1.5, +Inf]":       func(c *Claim) { c.High = math.Inf(1) },
		"occurs twice":      func(c *Claim) { c.ID = "T1" },
	} {
		bad := row("T2")
		spoil(&bad)
		assert.ErrorContains(t, WriteClaims(path, []Claim{row("T1"), bad}), want)
	}
	kept, err := ReadClaims(path)
	require.NoError(t, err)
	assert.Len(t, kept, 1, "what was there stays")

	require.NoError(t, os.WriteFile(path, []byte(`[{"id": "T1"}]`), 0o600))
	_, err = ReadClaims(path)
	assert.ErrorContains(t, err, "lacks a text")
	require.NoError(t, os.WriteFile(path, []byte(`{`), 0o600))
	_, err = ReadClaims(path)
	assert.ErrorContains(t, err, "claims.json")
	assert.Error(t, WriteClaims(filepath.Join(path, "below"), []Claim{row("T1")}))
}
