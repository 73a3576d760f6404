package report

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape"
	"lossland/pkg/result"
)

// TestMeaning: every standard measure, with its defaults, has a sentence with its value in it.
func TestMeaning(t *testing.T) {
	measures := append(landscape.StandardMeasures(1), landscape.FisherRao{})
	said := map[string]bool{}
	for _, m := range measures {
		t.Run(m.String(), func(t *testing.T) {
			s := landscape.Sharpness{Measure: m, Reading: result.Reading{Value: 0.123}}
			sentence := meaning(s, 10)
			definition, _ := landscape.About(m)
			require.NotEqual(t, definition+".", sentence)
			require.False(t, said[sentence], "it is said of two measures")
			said[sentence] = true
			switch m.(type) {
			case landscape.FisherRao:
			case landscape.LambdaMax:
				require.Contains(t, sentence, "2/λmax = 16.3")
			default:
				require.Contains(t, sentence, "0.123")
			}
		})
	}
}

// TestMeaningOfLambdaMax: there is no largest stable rate where nothing curves upwards.
func TestMeaningOfLambdaMax(t *testing.T) {
	for _, value := range []float64{-1, 0, math.NaN()} {
		require.NotContains(t, lambdaMax(value), "rate")
	}
}

func TestRescaling(t *testing.T) {
	require.Equal(t, "moves", rescaling(landscape.LambdaMax{}))
	require.Equal(t, "stays", rescaling(landscape.Gaussian{Adaptive: true}))
}
