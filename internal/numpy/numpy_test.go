package numpy

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
	return append([]byte(Magic+"\x01\x00"+string(size)+header), data...)
}

// npyClaim is an array of four bytes under a header that claims a shape.
func npyClaim(kind Kind, shape string) []byte {
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

// TestOfWriter: the reader reads what npyio writes, bit for bit.
func TestOfWriter(t *testing.T) {
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
			_, _, shape, err := Decode(file.Bytes())
			require.NoError(t, err)
			require.Equal(t, c.shape, shape)
			got, err := Floats(file.Bytes())
			require.NoError(t, err)
			requireSameBits(t, c.want, got)
		})
	}
}

// TestVersions: versions 2 and 3 differ in the width of one number.
func TestVersions(t *testing.T) {
	header := "{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }     \n"
	for _, version := range []string{"\x02", "\x03"} {
		size := binary.LittleEndian.AppendUint32(nil, uint32(len(header)))
		got, err := Floats([]byte(Magic + version + "\x00" + string(size) + header +
			"\x00\x00\x80\x3f"))
		require.NoError(t, err)
		require.Equal(t, []float64{1}, got)
	}
}

// TestBelievesNoHeader: a claim that the content doesn't fill is an error that names it, and
// allocates nothing of what it claims.
func TestBelievesNoHeader(t *testing.T) {
	good := npyClaim(Bytes, "4,")
	_, _, _, err := Decode(good)
	require.NoError(t, err)
	endless := "{'descr': '|u1', 'fortran_order': False, 'shape': (4,), } "
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"no line end":         {npyOf(endless, 1, 2, 3, 4), "no line end"},
		"4·10⁹ elements":      {npyClaim(Bytes, "4000000000,"), "[4000000000]"},
		"2⁴⁰ elements":        {npyClaim(Bytes, "1099511627776,"), "[1099511627776]"},
		"2⁴⁰ floats":          {npyClaim(Float64, "1099511627776,"), "[1099511627776]"},
		"2⁶⁴, which is 0":     {npyClaim(Bytes, "4294967296, 4294967296"), "4294967296 "},
		"2⁶⁶ + 4, which is 4": {npyClaim(Bytes, "4, 4611686018427387905"), "[4 "},
		"more than an int":    {npyClaim(Bytes, "99999999999999999999,"), "an axis of 9999"},
		"fewer than there":    {npyClaim(Bytes, "3,"), "[3]"},
		"none":                {npyClaim(Bytes, "0, 7"), "[0 7]"},
		"half a float":        {npyClaim(Float64, ""), "4 bytes follow"},
		"negative":            {npyClaim(Bytes, "-4,"), "isn't one of NumPy's"},
		"objects":             {npyClaim("|O", "4,"), `"|O"`},
		"big-endian":          {npyClaim(">f4", "1,"), `">f4"`},
		"no array":            {[]byte("\x93NUMPX\x01\x00"), "isn't a NumPy array"},
		"nothing":             {nil, "isn't a NumPy array"},
		"cut in its size":     {good[:9], "isn't a NumPy array"},
		"cut in its header":   {good[:40], "its header claims"},
		"version 9": {[]byte(Magic + "\x09\x00\x00\x00\x00\x00"),
			"isn't a NumPy array"},
		"a header of 4 GB": {[]byte(Magic + "\x02\x00\xff\xff\xff\xff{"),
			"claims 4294967295"},
		"column-major": {npyOf("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2), }\n",
			1, 2, 3, 4), "row-major"},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			used := allocated(func() { _, _, _, err = Decode(c.content) })
			require.ErrorContains(t, err, c.want)
			require.Less(t, used, uint64(1<<18))
		})
	}
}

func TestFloatsRefusesBytes(t *testing.T) {
	_, err := Floats(npyClaim(Bytes, "4,"))
	require.ErrorContains(t, err, `"|u1"`)
}

// FuzzDecode: any content is an error or an array that it fills.
func FuzzDecode(f *testing.F) {
	f.Add(npyClaim(Float32, "1,"))
	f.Add(npyClaim(Bytes, "2, 2"))
	f.Add([]byte(strings.Repeat(Magic, 3)))
	f.Fuzz(func(t *testing.T, content []byte) {
		data, kind, shape, err := Decode(content)
		if err != nil {
			return
		}
		size := kind.Size()
		for _, n := range shape {
			size *= n
		}
		require.Equal(t, len(data), size)
	})
}

// requireSameBits tells apart zeros and NaNs, too.
func requireSameBits(t *testing.T, want, got []float64) {
	t.Helper()
	require.Equal(t, len(want), len(got))
	for i := range want {
		require.Equal(t, math.Float64bits(want[i]), math.Float64bits(got[i]))
	}
}
