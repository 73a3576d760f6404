package interview

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSelfTest(t *testing.T) {
	printed := captured(t)
	require.ErrorContains(t, ShowRubrics(), "no questions were asked yet")
	require.NoError(t, AskQuestions(2, 7))
	first := printed.String()
	printed.Reset()
	require.NoError(t, AskQuestions(2, 7))
	require.Equal(t, first, printed.String(), "the same seed asks the same")
	printed.Reset()
	require.NoError(t, ShowRubrics())
	require.NotContains(t, printed.String(), "for 2 questions", "nobody has answered yet")

	s, err := loadSelfTest()
	require.NoError(t, err)
	asked, _ := cardByID(s.Cards[0])
	require.Contains(t, printed.String(), "[1] "+asked.Rubric[0])
	require.Contains(t, rubricMarkup(1, asked), "</summary><ol><li>", "folded on a page")
	s.Started = s.Started.Add(-2 * hasty)
	require.NoError(t, s.save())
	require.NoError(t, ShowRubrics())
	require.Contains(t, printed.String(), "20s for 2 questions (two minutes each are 4m0s)")
	full := make([]string, 2)
	for i, id := range s.Cards {
		c, ok := cardByID(id)
		require.True(t, ok)
		full[i] = strings.Repeat("1", len(c.Rubric))
	}
	share, err := MarkAnswers(full...)
	require.NoError(t, err)
	require.Equal(t, 1.0, share)
	full[0] = "0" + full[0][1:]
	share, err = MarkAnswers(full...)
	require.NoError(t, err)
	require.Less(t, share, 1.0)
	_, err = MarkAnswers("1")
	require.ErrorContains(t, err, "ticks for 1 questions; 2 were asked")
	full[1] = "yes"
	_, err = MarkAnswers(full...)
	require.ErrorContains(t, err, `question 2 has ticks "yes"`)
	require.ErrorContains(t, AskQuestions(0, 1), "0 questions; want 1")
}
