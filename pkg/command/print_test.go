package command

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/result"
)

// TestNumber: JSON has no NaN and no infinities.
func TestNumber(t *testing.T) {
	out, err := json.Marshal(numbers([]float64{1.5, math.NaN(), math.Inf(1), math.Inf(-1)}))
	require.NoError(t, err)
	require.Equal(t, `[1.5,null,"+Inf","-Inf"]`, string(out))
}

func TestPlusMinus(t *testing.T) {
	require.Equal(t, "0.5 ± 0.01", plusMinus(result.Estimate{Value: 0.5, StdErr: 0.01}))
	require.Equal(t, "0.5", plusMinus(result.Estimate{Value: 0.5, StdErr: math.NaN()}))
}

func TestQuoted(t *testing.T) {
	require.Equal(t, `surface 'my model.onnx' 'it'\''s' ''`,
		quoted([]string{"surface", "my model.onnx", "it's", ""}))
}
