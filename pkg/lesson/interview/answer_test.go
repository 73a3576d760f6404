package interview

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnswerLengths(t *testing.T) {
	var whole []string
	for _, s := range Answer {
		whole = append(whole, s.Text)
	}
	words(t, "the answer in two minutes", strings.Join(whole, " "), 200, 300)
	words(t, "the answer in thirty seconds", AnswerThirty, 50, 75)
}

func TestUnproved(t *testing.T) {
	require.Len(t, Unproved(nil), len(Answer), "without a table nothing is proved")
	claims, err := Claims()
	require.NoError(t, err)
	require.Empty(t, Unproved(claims))
	delete(claims, "M1")
	require.Equal(t, []string{"at the price of two passes a step."}, Unproved(claims))
}
