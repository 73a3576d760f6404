package absent

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestIs: nil is seen through the interface that holds it; a zero value is something.
func TestIs(t *testing.T) {
	for name, c := range map[string]struct {
		v    any
		want bool
	}{
		"nil":                {nil, true},
		"pointer":            {(*int)(nil), true},
		"pointer in another": {fmt.Stringer((*named)(nil)), true},
		"function":           {(func())(nil), true},
		"map":                {map[string]int(nil), false},
		"slice":              {[]int(nil), false},
		"number":             {0, false},
		"struct":             {struct{}{}, false},
		"pointer to zero":    {new(int), false},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, Is(c.v)) })
	}
}

type named struct{}

func (named) String() string { return "" }
