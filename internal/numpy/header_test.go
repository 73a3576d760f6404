package numpy

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReadHeader: the reader stops at the first element.
func TestReadHeader(t *testing.T) {
	for _, order := range []string{"False", "True"} {
		r := bytes.NewReader(npyOf(
			"{'descr': '<i8', 'fortran_order': "+order+", 'shape': (3, 2), }\n", 7, 8))
		h, err := ReadHeader(r)
		require.NoError(t, err)
		require.Equal(t, Header{Int64, []int{3, 2}, order == "True"}, h)
		rest, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Equal(t, []byte{7, 8}, rest)
		n, ok := h.Elements()
		require.True(t, ok)
		require.Equal(t, 6, n)
	}
}

func TestReadHeaderRefuses(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"nothing":          {"", "ends too soon"},
		"half a length":    {Magic + "\x02\x00\x01\x00", "ends too soon"},
		"a header of 4 GB": {Magic + "\x02\x00\xff\xff\xff\xff{", "claims 4294967295 bytes"},
		"cut":              {Magic + "\x01\x00\x09\x00{", "claims 9 bytes; 1 follow"},
		"no line end":      {Magic + "\x01\x00\x01\x00{", "no line end"},
		"no dictionary":    {Magic + "\x01\x00\x02\x00{\n", "isn't one of NumPy's"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadHeader(strings.NewReader(c.content))
			require.ErrorContains(t, err, c.want)
		})
	}
}

// TestElements: a shape whose product can't be counted is none.
func TestElements(t *testing.T) {
	_, ok := Header{Shape: []int{1 << 40, 1 << 40}}.Elements()
	require.False(t, ok)
	n, ok := Header{Shape: []int{1 << 40, 0, 1 << 40}}.Elements()
	require.True(t, ok)
	require.Zero(t, n)
}
