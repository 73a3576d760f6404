package png

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPathOf(t *testing.T) {
	for d, want := range map[string]outline{
		"M1 2L3 4":        {{x: []float64{1, 3}, y: []float64{2, 4}}},
		"M1 2l2-.5-1 1.5": {{x: []float64{1, 3, 2}, y: []float64{2, 1.5, 3}}},
		"M1 2h3v-1H0V0":   {{x: []float64{1, 4, 4, 0, 0}, y: []float64{2, 2, 1, 1, 0}}},
		"M1 2l.5.5Z":      {{x: []float64{1, 1.5}, y: []float64{2, 2.5}, closed: true}},
		"M0 0h1ZM5 5h1": {{[]float64{0, 1}, []float64{0, 0}, true},
			{[]float64{5, 6}, []float64{5, 5}, false}},
		"M1 1h1v1Zh-1": {{[]float64{1, 2, 2}, []float64{1, 1, 2}, true},
			{[]float64{1, 0}, []float64{1, 1}, false}},
		"M1 2 3 4": {{x: []float64{1, 3}, y: []float64{2, 4}}},
		"":         nil,
	} {
		t.Run(d, func(t *testing.T) {
			got, err := pathOf(d)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func TestPathOfRefuses(t *testing.T) {
	for d, want := range map[string]string{
		"L1 2": "begins with", "M1": "no number", "M1 2Q1 1 2 2": "command 'Q'",
		"M1 2h": "no number",
	} {
		t.Run(d, func(t *testing.T) {
			_, err := pathOf(d)
			require.ErrorContains(t, err, want)
		})
	}
}

func TestBounds(t *testing.T) {
	x0, y0, x1, y1 := rectangle(1, 2, 3, 4).bounds()
	require.Equal(t, []float64{1, 2, 4, 6}, []float64{x0, y0, x1, y1})
}
