package landscape

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/sbinet/npyio/npy"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// npyOf is an array of version 1 with a header of the test's own, as bytes.
func npyOf(header string, data ...byte) []byte {
	size := binary.LittleEndian.AppendUint16(nil, uint16(len(header)))
	return append([]byte(npyMagic+"\x01\x00"+string(size)+header), data...)
}

// npyClaim is an array of four bytes under a header that claims a shape.
func npyClaim(kind npyKind, shape string) []byte {
	return npyOf(fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }\n",
		kind, shape), 1, 2, 3, 4)
}

// allocated is how many bytes f allocates, freed or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestNPYOfWriter: the reader reads what npyio writes, bit for bit.
func TestNPYOfWriter(t *testing.T) {
	odd := []float64{1, math.NaN(), math.Inf(-1), math.Copysign(0, -1), 1e-310, math.MaxFloat64}
	for name, c := range map[string]struct {
		write any
		shape []int
		want  []float64
	}{
		"float64":      {odd, []int{6}, odd},
		"matrix":       {mat.NewDense(2, 3, odd), []int{2, 3}, odd},
		"float32":      {[]float32{1.5, -2}, []int{2}, []float64{1.5, -2}},
		"none":         {[]float64{}, []int{0}, []float64{}},
		"longer names": {make([]float64, 12345), []int{12345}, make([]float64, 12345)},
	} {
		t.Run(name, func(t *testing.T) {
			var file bytes.Buffer
			require.NoError(t, npy.Write(&file, c.write))
			_, _, shape, err := decodeNPY(file.Bytes())
			require.NoError(t, err)
			require.Equal(t, c.shape, shape)
			got, err := floatsNPY(file.Bytes())
			require.NoError(t, err)
			requireSameBits(t, [][]float64{c.want}, [][]float64{got})
		})
	}
}

// TestNPYVersions: versions 2 and 3 differ in the width of one number.
func TestNPYVersions(t *testing.T) {
	header := "{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }     \n"
	for _, version := range []string{"\x02", "\x03"} {
		size := binary.LittleEndian.AppendUint32(nil, uint32(len(header)))
		got, err := floatsNPY([]byte(npyMagic + version + "\x00" + string(size) + header +
			"\x00\x00\x80\x3f"))
		require.NoError(t, err)
		require.Equal(t, []float64{1}, got)
	}
}

// TestNPYBelievesNoHeader: a claim that the content doesn't fill is an error that names it, and
// allocates nothing of what it claims.
func TestNPYBelievesNoHeader(t *testing.T) {
	good := npyClaim(npyBytes, "4,")
	_, _, _, err := decodeNPY(good)
	require.NoError(t, err)
	endless := "{'descr': '|u1', 'fortran_order': False, 'shape': (4,), } "
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"no line end":         {npyOf(endless, 1, 2, 3, 4), "no line end"},
		"4·10⁹ elements":      {npyClaim(npyBytes, "4000000000,"), "[4000000000]"},
		"2⁴⁰ elements":        {npyClaim(npyBytes, "1099511627776,"), "[1099511627776]"},
		"2⁴⁰ floats":          {npyClaim(npyFloat64, "1099511627776,"), "[1099511627776]"},
		"2⁶⁴, which is 0":     {npyClaim(npyBytes, "4294967296, 4294967296"), "4294967296 "},
		"2⁶⁶ + 4, which is 4": {npyClaim(npyBytes, "4, 4611686018427387905"), "[4 "},
		"more than an int":    {npyClaim(npyBytes, "99999999999999999999,"), "an axis of 9999"},
		"fewer than there":    {npyClaim(npyBytes, "3,"), "[3]"},
		"none":                {npyClaim(npyBytes, "0, 7"), "[0 7]"},
		"half a float":        {npyClaim(npyFloat64, ""), "4 bytes follow"},
		"negative":            {npyClaim(npyBytes, "-4,"), "isn't one of NumPy's"},
		"objects":             {npyClaim("|O", "4,"), `"|O"`},
		"big-endian":          {npyClaim(">f4", "1,"), `">f4"`},
		"no array":            {[]byte("\x93NUMPX\x01\x00"), "isn't a NumPy array"},
		"nothing":             {nil, "isn't a NumPy array"},
		"cut in its size":     {good[:9], "isn't a NumPy array"},
		"cut in its header":   {good[:40], "its header claims"},
		"version 9": {[]byte(npyMagic + "\x09\x00\x00\x00\x00\x00"),
			"isn't a NumPy array"},
		"a header of 4 GB": {[]byte(npyMagic + "\x02\x00\xff\xff\xff\xff{"),
			"claims 4294967295"},
		"column-major": {npyOf("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2), }\n",
			1, 2, 3, 4), "row-major"},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			used := allocated(func() { _, _, _, err = decodeNPY(c.content) })
			require.ErrorContains(t, err, c.want)
			require.Less(t, used, uint64(1<<18))
		})
	}
}

func TestFloatsNPYRefusesBytes(t *testing.T) {
	_, err := floatsNPY(npyClaim(npyBytes, "4,"))
	require.ErrorContains(t, err, `"|u1"`)
}

// FuzzDecodeNPY: any content is an error or an array that it fills.
func FuzzDecodeNPY(f *testing.F) {
	f.Add(npyClaim(npyFloat32, "1,"))
	f.Add(npyClaim(npyBytes, "2, 2"))
	f.Add([]byte(strings.Repeat(npyMagic, 3)))
	f.Fuzz(func(t *testing.T, content []byte) {
		data, kind, shape, err := decodeNPY(content)
		if err != nil {
			return
		}
		size := kind.size()
		for _, n := range shape {
			size *= n
		}
		require.Equal(t, len(data), size)
	})
}
