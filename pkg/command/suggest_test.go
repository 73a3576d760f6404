package command

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDidYouMean: what is spelt alike, PyTorch's names included, and nothing else.
func TestDidYouMean(t *testing.T) {
	losses := []string{"bce", "bce-logits", "cross-entropy", "cross-entropy-probabilities", "mse",
		"nll", "output"}
	for word, want := range map[string]string{
		"cross_entropy": "cross-entropy", "CrossEntropyLoss": "cross-entropy", "MSELoss": "mse",
		"BCEWithLogitsLoss": "bce-logits", "crossentrpy": "cross-entropy", "nll_loss": "nll",
		"outputs": "output", "huber": "", "": "", "x": "",
	} {
		t.Run(word, func(t *testing.T) {
			if want != "" {
				want = `; did you mean "` + want + `"?`
			}
			require.Equal(t, want, DidYouMean(word, losses))
		})
	}
}

func TestEdits(t *testing.T) {
	for words, want := range map[[2]string]int{{"", ""}: 0, {"abc", "abc"}: 0, {"", "abc"}: 3,
		{"kitten", "sitting"}: 3, {"flaw", "lawn"}: 2, {"abc", ""}: 3} {
		require.Equal(t, want, edits(words[0], words[1]), words)
	}
}
