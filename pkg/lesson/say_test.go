package lesson

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"lossland/internal/lessontest"
)

// TestSay: outside a notebook the text is printed and the markup isn't.
func TestSay(t *testing.T) {
	printed := lessontest.Capture(t)
	Say("✓ a", "<p>✓ a</p>")
	assert.Equal(t, "✓ a\n", printed.String())
}

// ExampleSay has no notebook either, and no Output set.
func ExampleSay() {
	Say("a sentence", "<p>a sentence</p>")
	// Output: a sentence
}
