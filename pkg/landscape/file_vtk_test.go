package landscape

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestVTK reads the file back by the rules of the format.
func TestVTK(t *testing.T) {
	s := handmade()
	var out bytes.Buffer
	require.NoError(t, s.writeVTK(&out))
	line := func(want string) {
		got, err := out.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, want+"\n", got)
	}
	numbers := func(n int) []float64 {
		x := make([]float64, n)
		require.NoError(t, binary.Read(&out, binary.BigEndian, x))
		line("")
		return x
	}
	for _, want := range []string{"# vtk DataFile Version 3.0", "lossland surface", "BINARY",
		"DATASET STRUCTURED_GRID", "DIMENSIONS 3 4 1", "POINTS 12 double"} {
		line(want)
	}
	points := numbers(36)
	line("POINT_DATA 12")
	line("SCALARS loss double 1")
	line("LOOKUP_TABLE default")
	values := numbers(12)
	for k := range 12 {
		i, j := k%3, k/3
		require.Equal(t, []float64{s.Loss.Alphas[i], s.Loss.Betas[j], 0}, points[3*k:3*k+3])
		require.Equal(t, math.Float64bits(s.Loss.Value[i][j]), math.Float64bits(values[k]))
	}
	for _, name := range strings.Fields("loss_stderr data_loss data_loss_stderr metric_accuracy " +
		"metric_accuracy_stderr grad_norm measured") {
		line("SCALARS " + name + " double 1")
		line("LOOKUP_TABLE default")
		numbers(12)
	}
	require.Zero(t, out.Len())
}
