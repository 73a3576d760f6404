package command

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/audit"
)

// TestAutoIsTheSuggestionOfCheck: auto is audit's half-width along the directions that are drawn;
// a number stays itself.
func TestAutoIsTheSuggestionOfCheck(t *testing.T) {
	made := 0
	program := tiny(t, &made)
	subject, err := program.Problem(context.Background(), nil)
	require.NoError(t, err)
	p := subject.Problem
	plane, err := p.RandomPlane(1)
	require.NoError(t, err)
	want, err := audit.HalfWidth(context.Background(), p, plane.Origin, plane.D1, plane.D2)
	require.NoError(t, err)
	s := &session{ctx: context.Background(), quiet: true}
	auto, given := extent{auto: true}, extent{value: 3}
	require.NoError(t, auto.settle(s, p, plane.Origin, plane.D1, plane.D2))
	require.NoError(t, given.settle(s, p, plane.Origin, plane.D1, plane.D2))
	require.Equal(t, []extent{{value: want}, {value: 3}}, []extent{auto, given})
}
