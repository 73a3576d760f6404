package landscape

import (
	"bytes"
	"encoding/csv"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCSV(t *testing.T) {
	s := handmade()
	var out bytes.Buffer
	require.NoError(t, s.writeCSV(&out))
	lines, err := csv.NewReader(&out).ReadAll()
	require.NoError(t, err)
	require.Equal(t, strings.Fields("alpha beta loss loss_stderr data_loss data_loss_stderr "+
		"metric_accuracy metric_accuracy_stderr grad_norm measured"), lines[0])
	require.Len(t, lines, 1+3*4)
	accuracy := s.Metrics["accuracy"]
	for k, line := range lines[1:] {
		i, j := k/4, k%4
		for c, want := range []float64{s.Loss.Alphas[i], s.Loss.Betas[j], s.Loss.Value[i][j],
			s.Loss.StdErr[i][j], s.Data.Value[i][j], s.Data.StdErr[i][j], accuracy.Value[i][j],
			accuracy.StdErr[i][j], s.GradNorm[i][j], s.measured()[i][j]} {
			got, err := strconv.ParseFloat(line[c], 64)
			require.NoError(t, err)
			require.Equal(t, math.Float64bits(want), math.Float64bits(got), "line %d, column %d",
				k+1, c)
		}
	}
}
