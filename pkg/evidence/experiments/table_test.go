package experiments

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/session"
)

// committed are the committed rows and their data, judged anew.
func committed(t *testing.T) []judged {
	t.Helper()
	table, err := judge(committedPlan(t), folder, Command(session.Full))
	require.NoError(t, err)
	return table
}

// TestClaimsFollowFromData: the committed table holds every row of the plan but those that
// pending.txt names, and each threshold, interval, verdict and note follows from the plan and the
// committed data. A threshold that changes in the plan alone is seen here.
func TestClaimsFollowFromData(t *testing.T) {
	want, err := evidence.ReadClaims(folder + "/claims.json")
	require.NoError(t, err)
	open, err := evidence.ReadPending(folder + "/pending.txt")
	require.NoError(t, err)
	require.Len(t, want, len(committedPlan(t))-len(open))
	got := committed(t)
	require.Len(t, got, len(want))
	for i, c := range want {
		assert.NotContains(t, open, c.ID)
		assert.Equal(t, c, got[i].claim)
		assert.EqualValues(t, "full", got[i].data.Scale, c.ID)
	}
}

// TestPicturesFollowFromData: every row has its picture, drawn from the committed data to the same
// bytes, with words for those who can't see it.
func TestPicturesFollowFromData(t *testing.T) {
	for _, j := range committed(t) {
		t.Run(j.row.id, func(t *testing.T) {
			figure, err := j.row.picture(j.claim, j.data)
			require.NoError(t, err)
			svg, err := figure.SVG()
			require.NoError(t, err)
			old, err := os.ReadFile(filepath.Join(folder, j.claim.Picture))
			require.NoError(t, err)
			assert.True(t, string(svg) == string(old),
				"the committed picture isn't the one that its data give; make evidence-table")
			assert.Contains(t, string(svg), j.row.id+": "+string(j.claim.Verdict))
			assert.Greater(t, len(figure.Alt()), 40)
		})
	}
}

// TestNoPictureIsLeftOver: the folder has the pictures of the table and no other.
func TestNoPictureIsLeftOver(t *testing.T) {
	var want, found []string
	for _, j := range committed(t) {
		want = append(want, j.claim.Picture)
	}
	files, err := os.ReadDir(folder + "/pictures")
	require.NoError(t, err)
	for _, f := range files {
		found = append(found, "pictures/"+f.Name())
	}
	assert.ElementsMatch(t, want, found)
}

// TestTabulateOfNothing is an error, and writes nothing.
func TestTabulateOfNothing(t *testing.T) {
	folder := t.TempDir()
	_, err := Tabulate(committedPlan(t), folder, Command(session.Full))
	require.ErrorContains(t, err, "holds no data")
	require.NoFileExists(t, filepath.Join(folder, "claims.json"))
}

// TestTabulateWritesAll: the table from a folder of data has the same bytes as the committed one.
func TestTabulateWritesAll(t *testing.T) {
	d, err := ReadData(folder, "T3")
	require.NoError(t, err)
	out := t.TempDir()
	require.NoError(t, d.write(out))
	claims, err := Tabulate(committedPlan(t), out, Command(session.Full))
	require.NoError(t, err)
	require.Len(t, claims, 1)
	written, err := evidence.ReadClaims(filepath.Join(out, "claims.json"))
	require.NoError(t, err)
	assert.Equal(t, claims, written)
	for _, file := range []string{"data/T3.json", "pictures/T3.svg"} {
		want, err := os.ReadFile(filepath.Join(folder, file))
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(out, file))
		require.NoError(t, err)
		assert.True(t, string(want) == string(got), file)
	}
}

// TestJudgeSeesChangedData: a changed number in the data changes the row.
func TestJudgeSeesChangedData(t *testing.T) {
	d, err := ReadData(folder, "T3")
	require.NoError(t, err)
	copied := t.TempDir()
	low := func() float64 {
		require.NoError(t, d.write(copied))
		table, err := judge(committedPlan(t), copied, "%s")
		require.NoError(t, err)
		require.Len(t, table, 1)
		return table[0].claim.Low
	}
	same := low()
	d.Columns["λmax, SAM"][0] *= 100
	assert.NotEqual(t, same, low())
}

// TestJudgeRefusesOtherData: a file that holds another row is refused, and not left out.
func TestJudgeRefusesOtherData(t *testing.T) {
	d := &Data{ID: "T3"}
	copied := t.TempDir()
	require.NoError(t, d.write(copied))
	require.NoError(t, os.Rename(dataFile(copied, "T3"), dataFile(copied, "F1")))
	_, err := judge(committedPlan(t), copied, "%s")
	assert.ErrorContains(t, err, `holds row "T3", want "F1"`)
}
