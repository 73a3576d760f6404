package command

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lossland/pkg/result"
)

// TestProgress: how far, how long still, on a line that is written over or now and then.
func TestProgress(t *testing.T) {
	var out bytes.Buffer
	p := &progress{out: &out, what: "surface"}
	p.show(1, 10) // an hour of compiling, maybe.
	require.Equal(t, "surface: 1 of 10 (10 %)\n", out.String())
	p.show(2, 10) // too soon.
	require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("\n")))
	later := func(done, total int) string {
		out.Reset()
		p.first.at = time.Now().Add(-30 * time.Second)
		p.said = time.Time{}
		p.show(done, total)
		return out.String()
	}
	require.Equal(t, "surface: 3 of 10 (30 %)\n", later(3, 10), "two after the first")
	require.Regexp(t, `^surface: 4 of 10 \(40 %\), about 1 min 0 s left\n$`, later(4, 10))
	require.Equal(t, "surface: 10 of 10 (100 %)\n", later(10, 10))
	require.Equal(t, "surface: 500 of 1000 (50 %)\n", later(500, 1000), "another work, or resumed")
	require.Equal(t, "surface: 549 of 1000 (54 %)\n", later(549, 1000), "too little to tell")
	require.Regexp(t, `^surface: 600 of 1000 \(60 %\), about 2 min 0 s left\n$`, later(600, 1000))
	out.Reset()
	p = &progress{out: &out, what: "surface", terminal: true}
	p.show(0, 4)
	p.clear()
	p.clear()
	require.Equal(t, "\r\x1b[Ksurface: 0 of 4 (0 %)\r\x1b[K", out.String())
}

// TestQuietProgress: --quiet shows nothing, and what isn't shown can be cleared.
func TestQuietProgress(t *testing.T) {
	s := &session{quiet: true}
	report, _ := result.TakeProgress(s.showing(t.Context(), "x"))
	report(1, 2)
	s.progress.clear()
	s.progress.rename("y")
	require.Nil(t, s.progress)
}

func TestBrief(t *testing.T) {
	for d, want := range map[time.Duration]string{400 * time.Millisecond: "0 s",
		59 * time.Second: "59 s", 61 * time.Second: "1 min 1 s", 3725 * time.Second: "1 h 2 min"} {
		require.Equal(t, want, brief(d))
	}
}
