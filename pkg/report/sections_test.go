package report

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/audit"
	"lossland/pkg/landscape"
	"lossland/pkg/result"
)

// TestVerdict: the worst rows speak, and what the budget didn't reach is counted.
func TestVerdict(t *testing.T) {
	right := audit.Row{Check: audit.Gradient, Verdict: audit.Right, Sentence: "R."}
	look := audit.Row{Check: audit.Kinks, Verdict: audit.Look, Sentence: "Jumps."}
	wrong := audit.Row{Check: audit.Symmetric, Verdict: audit.Wrong, Sentence: "It isn't."}
	late := audit.Row{Check: audit.Fresh, Err: fmt.Errorf("late: %w", context.DeadlineExceeded)}
	other := audit.Row{Check: audit.Fresh, Err: fmt.Errorf("it doesn't apply")}
	for want, rows := range map[string][]audit.Row{
		"Nothing was found wrong.": {right, other},
		"Nothing was found wrong. To know before reading on: Is the loss smooth around the " +
			"point? Jumps.": {right, look},
		"Something is wrong, and what follows may mislead. Is the Hessian symmetric, so that it " +
			"has eigenvalues? It isn't. Time ran out before 1 of 4 questions.": {
			right, look, wrong, late},
		"Whether the picture is right wasn't tried. Time ran out before 1 of 1 questions.": {late},
	} {
		t.Run(want, func(t *testing.T) {
			r := &Report{Audit: &audit.Report{Rows: rows}}
			require.Equal(t, want, r.verdict())
		})
	}
}

// TestTypical answers with the share of planes that are as far out.
func TestTypical(t *testing.T) {
	spread := &landscape.Spread{Typical: landscape.Typicality{
		Distance: make([]float64, 20), P: 0.05, Ratio: 3.14}}
	r := &Report{Spread: spread}
	require.Equal(t, "The plane of the surface is not typical: 1 of 20 random planes, itself "+
		"included, are at least as far from the others' median (3.1 times their usual distance).",
		r.typical())
	spread.Typical.P = 0.5
	require.Contains(t, r.typical(), "is typical: 10 of 20")
}

// TestSharpnessRows: a value comes with its kind of uncertainty, and says where it didn't converge.
func TestSharpnessRows(t *testing.T) {
	panel := landscape.Panel{
		{Measure: landscape.LambdaMax{}, Status: result.Converged, Reading: result.Reading{Value: 3,
			Uncertainty: result.Uncertainty{Value: 0.01, Kind: result.Residual}}},
		{Measure: landscape.WorstCase{}, Status: result.MaxIterations,
			Reading: result.Reading{Value: math.Inf(1)}},
	}
	r := &Report{Panel: panel, Weights: 4}
	rows := r.sharpnessData().(map[string]any)["Rows"].([]sharp)
	require.Equal(t, []string{"3.000 ± 0.010", "residual", ""},
		[]string{rows[0].Value, rows[0].Kind, rows[0].Status})
	require.Equal(t, []string{"∞", "", "max iterations"},
		[]string{rows[1].Value, rows[1].Kind, rows[1].Status})
}
