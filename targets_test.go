package lossland_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// measuredCase is what the pages say of a case of bench/results/latest.json.
type measuredCase struct {
	Case, Unit, Target string
	Ours               float64
	Share              float64 `json:"share_of_peak"`
	Met                *bool
	Frameworks         map[string]struct{ Value, Ratio float64 }
}

func measuredCases(t *testing.T) (cases []measuredCase) {
	require.NoError(t, json.Unmarshal([]byte(read(t, "bench/results/latest.json")), &cases))
	return cases
}

// row is the case in the table of docs/targets.md, but for the reason.
func (c measuredCase) row() string {
	var reached []string
	for _, f := range [][2]string{{"jax", "JAX"}, {"pytorch", "PyTorch"}} {
		if ratio := c.Frameworks[f[0]].Ratio; ratio > 0 {
			reached = append(reached, fmt.Sprintf("%s %.2f", f[1], ratio))
		}
	}
	if reached == nil {
		reached = []string{fmt.Sprintf("%.3g", c.Ours)}
	}
	verdict := "not judged"
	if c.Met != nil && *c.Met {
		verdict = "met"
	} else if c.Met != nil {
		verdict = "not met"
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | ", c.Case, c.Unit, c.Target,
		strings.Join(reached, ", "), verdict)
}

// TestTargets: docs/targets.md has each target of the committed run with what was reached and the
// verdict, a reason for each that is missed, and their number. After a run LOSSLAND_UPDATE=1 writes
// all but the reasons.
func TestTargets(t *testing.T) {
	const page = "docs/targets.md"
	text := read(t, page)
	met, all := 0, 0
	for _, c := range measuredCases(t) {
		if c.Target == "" {
			continue
		}
		if all++; c.Met != nil && *c.Met {
			met++
		}
		start := fmt.Sprintf("| %s | %s | ", c.Case, c.Unit)
		require.Equal(t, 1, strings.Count(text, start), "%s: lines that start with %q", page, start)
		before, line, _ := strings.Cut(text, start)
		line, after, _ := strings.Cut(line, "\n")
		cells := strings.Split(line, " | ")
		why := strings.TrimSuffix(cells[len(cells)-1], " |")
		if c.Met == nil || !*c.Met {
			assert.NotEmpty(t, strings.Trim(why, " |"), "%s: no reason for %q", page, start)
		}
		if os.Getenv("LOSSLAND_UPDATE") == "1" {
			text = before + c.row() + why + " |\n" + after
		}
		assert.True(t, strings.Contains(text, "\n"+c.row()),
			"%s lacks %q; LOSSLAND_UPDATE=1 writes it", page, c.row())
	}
	require.NotZero(t, all)
	count := fmt.Sprintf(" %d of %d are met.", met, all)
	assert.True(t, strings.Contains(text, count), "%s lacks %q", page, count)
	if os.Getenv("LOSSLAND_UPDATE") == "1" {
		require.NoError(t, os.WriteFile(page, []byte(text), 0o644))
	}
}

// TestPagesQuoteTheBenchmark: costs and shares in the pages are those of the committed run.
func TestPagesQuoteTheBenchmark(t *testing.T) {
	ours, share := map[string]float64{}, map[string]float64{}
	for _, c := range measuredCases(t) {
		ours[c.Case+", "+c.Unit] = c.Ours
		if c.Share > 0 {
			share[c.Case] = 100 * c.Share
		}
	}
	ratio := func(format, kind string) string {
		var values []any
		for _, network := range []string{"sam-mlp", "sam-cnn"} {
			value, is := ours[network+", "+kind]
			require.True(t, is, "%s, %s", network, kind)
			values = append(values, value)
		}
		return fmt.Sprintf(format, values...)
	}
	const sam, speed = "docs/sam.md", "docs/performance.md"
	for _, want := range [][2]string{
		{sam, ratio("%.2f times a plain step on the MLP, %.2f on the CNN", "ratio to plain step")},
		{sam, ratio("k = 5: %.2f and %.2f", "ratio to plain step, every 5")},
		{sam, ratio("k = 5: %.2f and %.2f", "ratio to plain step, looksam 5")},
		{sam, ratio("SAM %.2f and %.2f", "CPU ratio to plain step")},
		{sam, ratio("`Every(5)` %.2f and %.2f", "CPU ratio to plain step, every 5")},
		{sam, ratio("`LookSAM(5)` %.2f and %.2f", "CPU ratio to plain step, looksam 5")},
		{sam, fmt.Sprintf("the committed table has %.1f ms", ours["sam-cnn, CPU ms per step"])},
		{speed, fmt.Sprintf("the committed table has %.1f)", ours["sam-cnn, CPU ms per step"])},
		{speed, fmt.Sprintf("in the committed table %.1f,", ours["sam-cnn, CPU ms per step"])},
		{speed, fmt.Sprintf("committed table: %.1f → %.1f ms plain, %.1f → %.1f with SAM",
			ours["sam-cnn, CPU ms per plain step"],
			ours["sam-cnn, CPU ms per plain step, 8 steps a call"],
			ours["sam-cnn, CPU ms per step"], ours["sam-cnn, CPU ms per step, 8 steps a call"])},
		{speed, fmt.Sprintf("**784-128-10**, %.0f %% in the committed table",
			share["surface 784-128-10"])},
		{speed, fmt.Sprintf("**CNN, digits**, %.0f %%", share["surface CNN, digits"])},
		{speed, fmt.Sprintf("784-512-512-10 %.0f %%, 64-128-128-10 %.0f %%, 64-64×10-10 %.0f %%",
			share["surface 784-512-512-10"], share["surface 64-128-128-10"],
			share["surface 64-64×10-10"])},
	} {
		assert.True(t, strings.Contains(read(t, want[0]), want[1]), "%s lacks %q", want[0], want[1])
	}
}
