package experiments

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson"
)

const folder = "../../../evidence"

// fixed are the thresholds as they were before the first run. Changing one means changing it here and in the plan, with the reason.
var fixed = map[string]evidence.Threshold{
	"F1": evidence.Above(0), "F2": evidence.Above(0.5), "F3": evidence.Above(0.5), "F4": evidence.Above(1), "F5": evidence.Above(0), "F6": evidence.Below(0),
	"S1": evidence.Above(0.5), "T1": evidence.Above(1), "T2": evidence.Above(0), "T3": evidence.Above(1), "M1": evidence.Within(1.7, 2.3), "M2": evidence.Above(0.9),
	"W1": evidence.Above(0.5), "W2": evidence.Below(0.1), "W3": evidence.Above(0.99), "W4": evidence.Above(1), "W5": evidence.Above(1),
	"A1": evidence.Below(1e-5), "A2": evidence.Above(0.8), "A3": evidence.Above(0), "A4": evidence.Above(0.3), "A5": evidence.Above(0), "A6": evidence.Above(1),
	"X1": evidence.Above(2), "X2": evidence.Above(2), "X3": evidence.Within(0.8, 1.2), "X4": evidence.Above(0.01), "X5": evidence.Above(0.1), "X6": evidence.Above(10),
}

// The plan has every row of the lesson with the thresholds that were fixed, and each is measured once and judged.
func TestPlan(t *testing.T) {
	plan, err := ReadPlan(folder + "/plan.md")
	require.NoError(t, err)
	assert.Len(t, plan, len(fixed))
	for _, p := range plan {
		assert.Equal(t, fixed[p.ID], p.Threshold, p.ID)
		assert.Contains(t, judges, p.ID)
		count := 0
		for _, g := range groups {
			if slices.Contains(g.ids, p.ID) {
				count++
			}
		}
		assert.Equal(t, 1, count, p.ID)
	}
}

// pending are the rows that the committed run of full scale hasn't reached, as evidence/pending.txt names them, one a line.
func pending(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(folder + "/pending.txt")
	require.NoError(t, err)
	return strings.Fields(string(text))
}

// The committed table holds every row of the plan but those that pending.txt names, and each interval, verdict and note follows from the
// committed data.
func TestClaimsFollowFromData(t *testing.T) {
	plan, err := ReadPlan(folder + "/plan.md")
	require.NoError(t, err)
	want, err := evidence.ReadClaims(folder + "/claims.json")
	require.NoError(t, err)
	got, err := Claims(plan, folder, Command(lesson.Full))
	require.NoError(t, err)
	open := pending(t)
	require.Len(t, want, len(fixed)-len(open))
	for _, c := range want {
		assert.NotContains(t, open, c.ID)
	}
	require.Len(t, got, len(want))
	for i := range want {
		assert.Equal(t, want[i], got[i])
		d, err := ReadData(folder, want[i].ID)
		require.NoError(t, err)
		assert.EqualValues(t, "full", d.Scale, want[i].ID)
	}
}

// A changed number in the data changes the row: the test above would see it.
func TestClaimsSeeChangedData(t *testing.T) {
	plan, err := ReadPlan(folder + "/plan.md")
	require.NoError(t, err)
	d, err := ReadData(folder, "T3")
	require.NoError(t, err)
	copied := t.TempDir()
	require.NoError(t, d.write(copied))
	same, err := Claims(plan, copied, "%s")
	require.NoError(t, err)
	d.Columns["λmax, SAM"][0] *= 100
	require.NoError(t, d.write(copied))
	other, err := Claims(plan, copied, "%s")
	require.NoError(t, err)
	assert.NotEqual(t, same[0].Low, other[0].Low)
}

func TestParseThreshold(t *testing.T) {
	for text, want := range map[string]evidence.Threshold{
		"> 0": evidence.Above(0), "ratio > 1": evidence.Above(1), "< 1e-5": evidence.Below(1e-5), "within 1.7 … 2.3": evidence.Within(1.7, 2.3),
	} {
		got, err := parseThreshold(text)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, text := range []string{"", "1", "> x", ">= 1", "within 1 … "} {
		_, err := parseThreshold(text)
		assert.ErrorContains(t, err, "threshold")
	}
}

func TestReadPlanRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plan.md")
	_, err := ReadPlan(file)
	assert.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(file, []byte("no table\n"), 0o644))
	_, err = ReadPlan(file)
	assert.ErrorContains(t, err, "no row")
	require.NoError(t, os.WriteFile(file, []byte("| F1 | claim | statistic | > 0 | 10 |\n"), 0o644))
	_, err = ReadPlan(file)
	assert.ErrorContains(t, err, "want 6")
}

// What isn't finite survives a round trip as NaN.
func TestColumnRoundTrip(t *testing.T) {
	text, err := json.Marshal(Column{1.5, math.NaN(), math.Inf(1)})
	require.NoError(t, err)
	assert.Equal(t, "[1.5,null,null]", string(text))
	var c Column
	require.NoError(t, json.Unmarshal(text, &c))
	assert.Equal(t, 1.5, c[0])
	assert.True(t, math.IsNaN(c[1]))
}

func TestStuckAt(t *testing.T) {
	valley := trace{Loss: []float64{9, 8, 7, 6, 5, 4}, GradientNorm: []float64{10, 2, 0.5, 0.9, 3, 1}}
	steps, fallback := stuckAt(valley, 1)
	assert.Equal(t, []int{2}, steps)
	assert.False(t, fallback)
	steps, fallback = stuckAt(valley, 4) // the loss there isn't above twice the final one
	assert.Equal(t, []int{2}, steps)     // the smallest of the first half
	assert.True(t, fallback)
}

func TestSpread(t *testing.T) {
	assert.Equal(t, []int{1, 2}, spread([]int{1, 2}, 5))
	assert.Equal(t, []int{0, 2, 4, 6, 8}, spread([]int{0, 1, 2, 3, 4, 5, 6, 7, 8}, 5))
}

// A straight path lies in one direction, and a random walk follows its law: the shares of a long walk's displacement from its end, not centred.
func TestPrincipalShares(t *testing.T) {
	first, second, err := principalShares([][]float64{{0, 0, 0}, {1, 1, 0}, {2, 2, 0}, {4, 4, 0}})
	require.NoError(t, err)
	assert.InDelta(t, 1, first, 1e-12)
	assert.InDelta(t, 0, second, 1e-12)
	assert.InDelta(t, 0.5, planeShare([][]float64{{0, 0, 0}, {1, 0, 1}, {0, 0, 0}}, [][]float64{{1, 0, 0}, {0, 1, 0}}), 1e-12)
}

// The semicircle is at distance 0 from its own quantiles, and far from a spike.
func TestFromSemicircle(t *testing.T) {
	spike := make([]float64, 100)
	spike[99] = 1
	assert.Greater(t, fromSemicircle(spike), 0.4)
	var even []float64
	for k := range 200 {
		even = append(even, 2*math.Cos(math.Pi*(1-(float64(k)+0.5)/200))) // arcsine law: near, not the same
	}
	assert.Less(t, fromSemicircle(even), 0.15)
}
