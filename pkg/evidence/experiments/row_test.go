package experiments

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/session"
)

// folder is the committed evidence.
const folder = "../../../evidence"

// committedPlan reads evidence/plan.md.
func committedPlan(t *testing.T) []evidence.Planned {
	t.Helper()
	plan, err := evidence.ReadPlan(folder + "/plan.md")
	require.NoError(t, err)
	return plan
}

// TestRowsArePlanned: each row of the plan is decided by one experiment, and there is no other.
func TestRowsArePlanned(t *testing.T) {
	var planned, decided []string
	for _, p := range committedPlan(t) {
		planned = append(planned, p.ID)
	}
	for _, e := range gathered {
		for _, r := range e.rows {
			decided = append(decided, r.id)
		}
	}
	assert.ElementsMatch(t, planned, decided)
}

// TestRowsAreWhole: nothing that a row or an experiment needs is missing.
func TestRowsAreWhole(t *testing.T) {
	for _, e := range gathered {
		t.Run(e.ids(), func(t *testing.T) {
			assert.NotNil(t, e.measure)
			assert.Positive(t, e.cost(session.Quick))
			assert.Greater(t, e.cost(session.Full), e.cost(session.Quick))
			for _, r := range e.rows {
				assert.NotNil(t, r.judge, r.id)
				assert.NotNil(t, r.draw, r.id)
			}
		})
	}
}

// TestInOrder: by the plan, timings last, whatever the order of the files.
func TestInOrder(t *testing.T) {
	plan := []evidence.Planned{{ID: "B1"}, {ID: "C1"}, {ID: "A1"}, {ID: "A2"}}
	b := experiment{rows: []row{{id: "B1"}}, timing: true}
	a := experiment{rows: []row{{id: "A2"}, {id: "A1"}}}
	c := experiment{rows: []row{{id: "C1"}}}
	got, err := inOrder(plan, []experiment{b, a, c})
	require.NoError(t, err)
	var ids []string
	for _, e := range got {
		ids = append(ids, e.ids())
	}
	assert.Equal(t, []string{"C1", "A2, A1", "B1"}, ids)
	_, err = inOrder(plan, []experiment{{rows: []row{{id: "A1"}, {id: "Z9"}}}})
	assert.ErrorContains(t, err, "the plan lacks a row of A1, Z9")
}

// TestRowOf finds a row by its id.
func TestRowOf(t *testing.T) {
	r, err := rowOf("W5")
	require.NoError(t, err)
	assert.Equal(t, "W5", r.id)
	_, err = rowOf("Z9")
	assert.ErrorContains(t, err, "row Z9 is planned and no experiment decides it")
}

// mustRow is rowOf for tests.
func mustRow(t *testing.T, id string) row {
	t.Helper()
	r, err := rowOf(id)
	require.NoError(t, err)
	return r
}

// TestChoose takes whole experiments, and refuses a row that isn't planned.
func TestChoose(t *testing.T) {
	plan := committedPlan(t)
	_, err := choose(plan, []string{"F9"})
	assert.ErrorContains(t, err, `no row "F9"`)
	some, err := choose(plan, []string{"A5", "F1"})
	require.NoError(t, err)
	require.Len(t, some, 2)
	assert.Equal(t, "F1", some[0].ids())
	assert.Equal(t, "T1, A5, W5", some[1].ids())
	all, err := choose(plan, nil)
	require.NoError(t, err)
	assert.Len(t, all, len(gathered))
	assert.True(t, all[len(all)-1].decides("M1"))
}
