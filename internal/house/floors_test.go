package house

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// floored are the packages whose maps have floors: paragraphs that end in a colon, from the ground
// up.
var floored = []string{"pkg/landscape"}

// TestFloors: a file uses what is on its floor and below.
func TestFloors(t *testing.T) {
	for _, dir := range floored {
		t.Run(dir, func(t *testing.T) {
			floors, err := ReadMap(filepath.Join(root, dir))
			require.NoError(t, err)
			if len(floors) < 2 {
				t.Skip("its doc.go has no floors")
			}
			pkg, err := Load(filepath.Join(root, dir), nil)
			require.NoError(t, err)
			for _, arrow := range RisingArrows(pkg, floors) {
				t.Errorf("runs up: %s/%s", dir, arrow)
			}
		})
	}
}

// TestRisingArrows: every kind of name from above is seen, by faults in a house of two floors.
func TestRisingArrows(t *testing.T) {
	dir, err := filepath.Abs("testdata/floors")
	require.NoError(t, err)
	floors, err := ReadMap(dir)
	require.NoError(t, err)
	require.Len(t, floors, 2)
	for name, c := range map[string]struct {
		ground string // the ground's last line.
		want   []string
	}{
		"sound":    {"", nil},
		"type":     {"var _ Wall", []string{"ground.go:10: Wall → upper.go"}},
		"function": {"var _ = build(1)", []string{"ground.go:10: build → upper.go"}},
		"constant": {"const twice = 2 * height", []string{"ground.go:10: height → upper.go"}},
		"method on a type of its own": {"var _ = Stone{}.Double()",
			[]string{"ground.go:10: Double → upper.go"}},
		"field": {"var _ = struct{ Wall }{}.stones", []string{"ground.go:10: Wall → upper.go",
			"ground.go:10: stones → upper.go"}},
		"its own names": {"var _ = pebble.Weight()", nil},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, "ground.go")
			source := append(read(t, path), c.ground+"\n"...)
			pkg, err := Load(dir, map[string][]byte{path: source})
			require.NoError(t, err)
			var got []string
			for _, arrow := range RisingArrows(pkg, floors) {
				got = append(got, arrow.String())
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	path, err := filepath.Abs("testdata/floors/ground.go")
	require.NoError(t, err)
	_, err = Load("testdata/floors",
		map[string][]byte{path: []byte("package floors\nvar _ nothing")})
	assert.ErrorContains(t, err, "testdata/floors")
}
