package png

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const styled = `<svg width="1" height="1"><style>#v text{font:13px Arial;fill:#111}` +
	`#v .a{fill:#222}#v .b{fill:#333;stroke-width:2}` +
	`@media screen and (prefers-color-scheme:dark){#v .a{fill:#444}}</style></svg>`

// TestStyle: attributes give way to rules, rules to later ones and to the element's own style.
func TestStyle(t *testing.T) {
	root, err := parse([]byte(styled))
	require.NoError(t, err)
	with := func(name string, attrs ...string) *element {
		e := &element{name: name, attrs: map[string]string{}}
		for i := 0; i < len(attrs); i += 2 {
			e.attrs[attrs[i]] = attrs[i+1]
		}
		return e
	}
	for name, c := range map[string]struct {
		e      *element
		parent style
		dark   bool
		want   string
	}{
		"parent":        {with("path"), style{"fill": "#999"}, false, "#999"},
		"attribute":     {with("path", "fill", "#888"), style{"fill": "#999"}, false, "#888"},
		"name":          {with("text", "fill", "#888"), nil, false, "#111"},
		"class":         {with("text", "class", "a"), nil, false, "#222"},
		"later class":   {with("text", "class", "b a"), nil, false, "#333"},
		"dark":          {with("text", "class", "a"), nil, true, "#444"},
		"its own":       {with("text", "class", "a", "style", "fill:#777"), nil, false, "#777"},
		"another class": {with("path", "class", "aa"), nil, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, sheetOf(root, c.dark).of(c.e, c.parent)["fill"])
		})
	}
	t.Run("a share of the parent's size", func(t *testing.T) {
		s := sheetOf(root, false).of(with("tspan", "font-size", "50%"), style{"font-size": "13px"})
		require.Equal(t, 6.5, s.number("font-size", 0))
	})
	t.Run("opacity isn't handed down", func(t *testing.T) {
		s := sheetOf(root, false).of(with("path"), style{"opacity": "0.5"})
		require.Equal(t, 1.0, s.number("opacity", 1))
	})
}
