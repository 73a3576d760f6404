package experiments

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/lesson/session"
)

// TestClock says where a run is, and expects the rest by its cost: nothing after the last.
func TestClock(t *testing.T) {
	wanted := []experiment{
		{rows: []row{{id: "A1"}}, quick: 1, full: 10},
		{rows: []row{{id: "B1"}, {id: "B2"}}, quick: 3, full: 30},
	}
	var said []string
	c := newClock(func(line string) { said = append(said, line) }, session.Full, wanted)
	assert.Equal(t, 40.0, c.budget)
	for i := range wanted {
		c.begin(i)
		c.tick("a unit")
		c.end(i)
	}
	require.Len(t, said, 2)
	assert.Contains(t, said[0], "[ 1/2] A1: done, 1 units in ")
	assert.Contains(t, said[1], "[ 2/2] B1, B2: done, 1 units in ")
	assert.Contains(t, said[1], "about 0 s to go")
}
