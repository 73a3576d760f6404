package datasets

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSyntheticSets(t *testing.T) {
	for name, draw := range map[string]func(seed uint64) (*Data, error){
		"moons":   func(seed uint64) (*Data, error) { return Moons(101, 0.1, seed) },
		"spirals": func(seed uint64) (*Data, error) { return Spirals(101, 3, 0.02, seed) },
		"blobs":   func(seed uint64) (*Data, error) { return Blobs(101, 4, 0.2, seed) },
		"teacher": func(seed uint64) (*Data, error) {
			return Teacher(101, 5, 3, TeacherConfig{Seed: 1, DataSeed: seed})
		},
	} {
		d, err := draw(1)
		require.NoError(t, err, name)
		require.NoError(t, d.Check(), name)
		assert.Equal(t, 101, d.Len(), name)
		again, err := draw(1)
		require.NoError(t, err, name)
		assert.Equal(t, d.Hash(), again.Hash(), name)
		other, err := draw(2)
		require.NoError(t, err, name)
		assert.NotEqual(t, d.Hash(), other.Hash(), name)
	}
	_, err := Moons(0, 0.1, 1)
	assert.ErrorContains(t, err, "0 points")
	_, err = Spirals(10, 1, 0.1, 1)
	assert.ErrorContains(t, err, "1 classes")
	_, err = Blobs(10, 2, math.NaN(), 1)
	assert.ErrorContains(t, err, "spread NaN")
	_, err = Teacher(10, 0, 1, TeacherConfig{})
	assert.ErrorContains(t, err, "of 0 features")
}

func TestMoonsLieOnTheirCircles(t *testing.T) {
	d, err := Moons(200, 0, 1)
	require.NoError(t, err)
	for i := range d.Len() {
		x, y := float64(d.Example(i)[0]), float64(d.Example(i)[1])
		if d.Labels[i] == 1 {
			x, y = 1-x, 0.5-y
		}
		assert.InDelta(t, 1, math.Hypot(x, y), 1e-6)
		assert.GreaterOrEqual(t, y, -1e-6)
	}
}

// TestTeacherIsSharedBySeed: with one teacher, two draws of data are one function: a nearest pair
// of examples has near targets.
func TestTeacherIsSharedBySeed(t *testing.T) {
	a, err := Teacher(3000, 1, 4, TeacherConfig{Seed: 1, DataSeed: 1})
	require.NoError(t, err)
	b, err := Teacher(50, 1, 4, TeacherConfig{Seed: 1, DataSeed: 2})
	require.NoError(t, err)
	for i := range b.Len() {
		if math.Abs(float64(b.X[i])) > 2 {
			continue // few neighbours out there
		}
		best, distance := 0, math.Inf(1)
		for j := range a.Len() {
			if d := math.Abs(float64(a.X[j] - b.X[i])); d < distance {
				best, distance = j, d
			}
		}
		assert.InDelta(t, b.Targets[i], a.Targets[best], 8*distance+1e-6)
	}
}
