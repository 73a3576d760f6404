package command

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape"
)

// TestOtherDirections: planes of one seed differ by what they are scaled to, and by their range.
func TestOtherDirections(t *testing.T) {
	made := func(weights, plane, alphas string) landscape.Record {
		return landscape.Record{Weights: weights, Config: map[string]string{"plane": plane,
			"alphas": alphas}}
	}
	for name, c := range map[string]struct {
		a, b  landscape.Record
		want  string
		never string
	}{
		"another seed": {made("w", "random, seed 1", "3"), made("w", "random, seed 2", "3"),
			"another seed", "norms"},
		"the same seed": {made("v", "random, seed 1", "3"), made("w", "random, seed 1", "3"),
			"scaled to the norms of other weights", "--range"},
		"other ranges": {made("v", "random, seed 1", "3"), made("w", "random, seed 1", "4"),
			"give both one range, as in --range 0.5", "seed"},
		"eigenvectors": {made("v", "top", "3"), made("w", "top", "3"), "of other weights", "norms"},
	} {
		t.Run(name, func(t *testing.T) {
			note := otherDirections(c.a, c.b)
			require.Contains(t, note, c.want)
			require.NotContains(t, note, c.never)
		})
	}
}

// TestCompareJSON: what differs in kind, in a digit that a float64 hasn't, or by being there,
// differs.
func TestCompareJSON(t *testing.T) {
	made := 0
	p := tiny(t, &made)
	for _, c := range []struct {
		a, b string
		code int
	}{
		{`{"a":1}`, `{"a":1}`, done},
		{`{"a":1.0}`, `{"a":1}`, done},
		{`{"a":[1,"x",null,true]}`, `{"a":[1,"x",null,true]}`, done},
		{`{"a":"1"}`, `{"a":1}`, refused},
		{`["a b"]`, `["a","b"]`, refused},
		{`{"s":9007199254740993}`, `{"s":9007199254740992}`, refused},
		{`{"a":null}`, `{}`, refused},
		{`{"a":true}`, `{"a":"true"}`, refused},
	} {
		t.Run(c.a+c.b, func(t *testing.T) {
			require.NoError(t, os.WriteFile("a.json", []byte(c.a), 0o600))
			require.NoError(t, os.WriteFile("b.json", []byte(c.b), 0o600))
			for _, line := range []string{"compare a.json b.json", "compare b.json a.json"} {
				r := run(t.Context(), p, line)
				assert.Equal(t, c.code, r.code, "%s%s", r.stdout, r.stderr)
			}
		})
	}
}
