package experiments

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/lesson/session"
)

// TestPick chooses by scale.
func TestPick(t *testing.T) {
	assert.Equal(t, 1, pick(&lab{scale: session.Quick}, 1, 2))
	assert.Equal(t, 2, pick(&lab{scale: session.Full}, 1, 2))
	assert.Equal(t, []uint64{1, 2, 3}, seeds(3))
}

// TestRemember builds once, and again after a failure.
func TestRemember(t *testing.T) {
	table, calls, fault := map[string]int{}, 0, errors.New("a fault")
	build := func() (int, error) {
		if calls++; calls == 1 {
			return 0, fault
		}
		return calls, nil
	}
	_, err := remember(table, "x", build)
	require.ErrorIs(t, err, fault)
	for range 2 {
		got, err := remember(table, "x", build)
		require.NoError(t, err)
		assert.Equal(t, 2, got)
	}
}

// TestCachedStops: nothing is begun after the call was cancelled.
func TestCachedStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l := newLab(ctx, session.Quick, nil, func(string) {})
	_, err := cached(l, "a unit", nil, func() (int, error) { panic("it was begun") })
	assert.ErrorIs(t, err, context.Canceled)
}

// TestDigits is the plan's split, made once.
func TestDigits(t *testing.T) {
	l := newLab(t.Context(), session.Quick, nil, func(string) {})
	s, err := l.digits()
	require.NoError(t, err)
	assert.Equal(t, 1437, s.train.N)
	assert.Equal(t, 360, s.test.N)
	again, err := l.digits()
	require.NoError(t, err)
	assert.Same(t, s, again)
}
