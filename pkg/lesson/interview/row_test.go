package interview

import (
	"html"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/lesson/session"
)

func TestShowRow(t *testing.T) {
	printed := captured(t)
	dir := t.TempDir()
	t.Setenv(session.RootVariable, dir)
	require.NoError(t, ShowRow("F1"))
	assert.Equal(t, "row F1: not measured yet (make evidence)\n", printed.String())
	printed.Reset()

	table := `[{"id":"F1","claim":"c","statistic":"a rise","threshold":"> 0","n":10,"effect":2,
		"low":1,"high":3,"verdict":"mixed","command":"x","note":"But."}]`
	require.NoError(t, os.Mkdir(filepath.Join(dir, "evidence"), 0o755))
	path := filepath.Join(dir, "evidence", "claims.json")
	require.NoError(t, os.WriteFile(path, []byte(table), 0o644))
	require.NoError(t, ShowRow("F1"))
	assert.Equal(t, "row F1, mixed: the effect is 2 [1, 3], n = 10; the claim wants > 0\n"+
		"  a rise.\n  But.\n",
		printed.String())
}

// TestSAMRows: the committed comparison can be read, and has both label noises of three optimizers.
func TestSAMRows(t *testing.T) {
	rows, err := SAMRows()
	require.NoError(t, err)
	require.Len(t, rows, 6)
	for _, r := range rows {
		assert.Len(t, r.TestAccuracy, len(r.LambdaMax), r.Optimizer)
	}
	assert.Equal(t, 0.0, rows[0].LabelNoise)
	assert.Positive(t, rows[5].LabelNoise)

	t.Setenv(session.RootVariable, t.TempDir())
	_, err = SAMRows()
	assert.ErrorContains(t, err, "`lossland sam-digits` writes it")
}

// TestRowMarkup: a page links the row, and shows verdict and effect before what is folded.
func TestRowMarkup(t *testing.T) {
	claims, err := Claims()
	require.NoError(t, err)
	m := rowMarkup(claims["M2"])
	assert.Contains(t, m, `<p><a href="08-scorecard.ipynb#row-M2">Row M2</a> of the evidence `+
		`table: <b>mixed</b>. Measured at most 0.91 [0.872, 0.947]; supported if the whole `+
		`interval is above 0.9; n = 10.</p>`)
	assert.Contains(t, rowMarkup(claims["A3"]), "no interval; supported if it is above 0;")
	assert.Contains(t, m, html.EscapeString(claims["M2"].Note))
}
