package spectrum

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestKinkNear: a disagreement is a kink where it is more than rounding leaves, and doesn't grow
// with the step as a truncation error does.
func TestKinkNear(t *testing.T) {
	for want, kinks := range map[bool][]Kink{
		true: {{Disagreement: 0.3, Further: 0.3, Allowed: 0.01}},
		false: {
			{Disagreement: 0.005, Further: 0.005, Allowed: 0.01}, // rounding.
			{Disagreement: 0.02, Further: 0.08, Allowed: 0.01},   // truncation.
		},
	} {
		for _, k := range kinks {
			t.Run(fmt.Sprintf("%+v", k), func(t *testing.T) { require.Equal(t, want, k.Near()) })
		}
	}
}
