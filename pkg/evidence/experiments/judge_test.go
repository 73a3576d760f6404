package experiments

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/session"
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
	got, err := Claims(plan, folder, Command(session.Full))
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

// Every row has its picture, drawn from the committed data to the same bytes, with words for those who can't see it; no picture is left over.
func TestPicturesFollowFromData(t *testing.T) {
	claims, err := evidence.ReadClaims(folder + "/claims.json")
	require.NoError(t, err)
	var want []string
	for _, c := range claims {
		want = append(want, PicturePath(c.ID))
		require.Equal(t, PicturePath(c.ID), c.Picture)
		d, err := ReadData(folder, c.ID)
		require.NoError(t, err)
		figure, err := Picture(c, d)
		require.NoError(t, err)
		svg, err := figure.SVG()
		require.NoError(t, err, c.ID)
		committed, err := os.ReadFile(filepath.Join(folder, c.Picture))
		require.NoError(t, err)
		assert.True(t, string(svg) == string(committed), "%s: the committed picture isn't the one that its data give; make evidence-table", c.ID)
		assert.Contains(t, string(svg), c.ID+": "+string(c.Verdict))
		assert.Greater(t, len(figure.Alt()), 40, c.ID)
	}
	found, err := filepath.Glob(folder + "/pictures/*")
	require.NoError(t, err)
	slices.Sort(want)
	for i := range found {
		found[i] = "pictures/" + filepath.Base(found[i])
	}
	assert.Equal(t, want, found)
}

// Another number gives another picture, and data without a column an error that names it.
func TestPictureSeesData(t *testing.T) {
	d := &Data{ID: "T3", Columns: map[string]Column{"λmax, SGD": {2, 3}, "λmax, SAM": {1, 1}}}
	draw := func() string {
		figure, err := Picture(evidence.Claim{ID: "T3"}, d)
		require.NoError(t, err)
		svg, err := figure.SVG()
		require.NoError(t, err)
		return string(svg)
	}
	before := draw()
	d.Columns["λmax, SAM"][1] = 1.5
	assert.NotEqual(t, before, draw())
	delete(d.Columns, "λmax, SAM")
	_, err := Picture(evidence.Claim{ID: "T3"}, d)
	assert.ErrorContains(t, err, `no column "λmax, SAM"`)
	_, err = Picture(evidence.Claim{ID: "Z9"}, d)
	assert.ErrorContains(t, err, "no picture")
}

// Below the planned n a row can't be supported, and its note says so; a row is told why it is mixed.
func TestJudgeSaysWhyMixed(t *testing.T) {
	d := &Data{ID: "A2", Columns: map[string]Column{"reached": {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, "at epoch": {1}}}
	for n, want := range map[string]evidence.Verdict{"20 seeds": evidence.Supported, "≥ 21 seeds": evidence.Mixed} {
		c, err := Judge(Planned{ID: "A2", Claim: "c", Statistic: "s", Threshold: evidence.Above(0.8), N: n}, d, "command")
		require.NoError(t, err)
		assert.Equal(t, want, c.Verdict)
		assert.Equal(t, want == evidence.Mixed, strings.HasPrefix(c.Note, "Mixed because n is 20 of the 21 planned"), c.Note)
	}
	c := evidence.Claim{Verdict: evidence.Mixed, Low: 0.15, High: 0.7, N: 10}
	assert.Equal(t, "Mixed because the interval's low end 0.15 is not above 0.3, and the second condition fails.", whyMixed(c, evidence.Above(0.3), false, 10))
	_, err := Judge(Planned{ID: "A2", N: "many"}, d, "")
	assert.ErrorContains(t, err, `"many" has no number`)
}

// Rows of one seed go together: with every row of a seed alike, the interval is that of the seeds.
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
	assert.Equal(t, 0.25, got.Low) // a percentile of shares of four seeds; a hundred rows taken as independent give about 0.66
	assert.Equal(t, 1.0, got.High)
}

// The GOE's shares must fall and be near theory.
func TestFallsAsTheory(t *testing.T) {
	theory := []float64{0.5, 0.146}
	assert.True(t, fallsAsTheory([]float64{0.5, 0.15, 0.02}, theory, 1000))
	assert.False(t, fallsAsTheory([]float64{0.5, 0.15, 0.15}, theory, 1000))
	assert.False(t, fallsAsTheory([]float64{0.5, 0.2, 0.02}, theory, 1000))
}

// Where to stop is where the test loss is lowest, the first time.
func TestLowestTest(t *testing.T) {
	r := &trail{}
	for _, loss := range []float64{3, 1, 2, 1} {
		r.Curve = append(r.Curve, measured{Test: level{Loss: loss}})
	}
	assert.Equal(t, 1, lowestTest(r))
}

// The common training's share of negative eigenvalues counts the trained epochs only.
func TestJudgeNegativeLeavesTheStartOut(t *testing.T) {
	d := &Data{Columns: map[string]Column{}, Series: map[string]Column{"epoch": {0, 1, 10}}}
	for range 2 {
		d.add("seed", 1)
		d.addNegative(0, []float64{-1, -1, 1, 1})
		d.addNegative(1, []float64{-1, 0, 0, 1})
		d.addNegative(10, []float64{-5e-3, 0, 0, 1}) // above −10·tol
	}
	got, err := judgeNegative(d)
	require.NoError(t, err)
	assert.Equal(t, 0.25, got.effect.Effect)
	assert.Contains(t, got.note, "50.0 % after 0, 25.0 % after 1, 25.0 % after 10")
	assert.Contains(t, got.note, "with 10·tol 0.1250")
}

func TestDiffering(t *testing.T) {
	assert.Equal(t, 0.5, differing([]float64{1, 2, 3, 4}, []float64{1, 2, 4, 3}))
}

// The halves of the test set share no digit, and W3's labels are the same at every call.
func TestSetsOfData(t *testing.T) {
	l := newLab(t.Context(), session.Quick, nil, func(string) {})
	one, other, err := l.halves()
	require.NoError(t, err)
	assert.Equal(t, 180, one.test.N)
	assert.Equal(t, 180, other.test.N)
	seen := map[string]bool{}
	for _, s := range []*set{one, other} {
		for i := range s.test.N {
			seen[fmt.Sprint(s.data.Test.Example(i))] = true
		}
	}
	assert.Len(t, seen, 360)
	a, rest, err := l.randomLabels()
	require.NoError(t, err)
	b, _, err := newLab(t.Context(), session.Quick, nil, func(string) {}).randomLabels()
	require.NoError(t, err)
	assert.Equal(t, a.hash, b.hash)
	assert.Equal(t, 1497, rest.train.N)
}

// A row's command is one that can be typed in the project's folder: make is asked what it would run.
func TestCommandRuns(t *testing.T) {
	make, err := exec.LookPath("make")
	if err != nil {
		t.Skip("no make")
	}
	for scale, want := range map[session.Scale]string{session.Full: "evidence --scale full --only F3", session.Quick: "evidence --scale quick --only F3"} {
		command, plain := fmt.Sprintf(Command(scale), "F3"), "make "
		require.True(t, strings.HasPrefix(command, plain), command)
		shell := exec.Command("sh", "-c", make+" -n "+strings.TrimPrefix(command, plain))
		shell.Dir = "../../.."
		out, err := shell.CombinedOutput()
		require.NoError(t, err, string(out))
		assert.Contains(t, string(out), want)
	}
	assert.Equal(t, `make evidence EVIDENCE_ARGS="--only F1,W2"`, DescribeMachine("", "full", []string{"F1", "W2"}, "").Command)
	assert.Equal(t, "make evidence", DescribeMachine("", "full", nil, "").Command)
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
