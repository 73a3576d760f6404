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
	p := &progress{out: &out, what: "surface", start: time.Now().Add(-30 * time.Second)}
	p.show(1, 4)
	require.Regexp(t, `^surface: 1 of 4 \(25 %\), about 1 min 30 s left\n$`, out.String())
	p.show(2, 4) // too soon.
	require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("\n")))
	out.Reset()
	p = &progress{out: &out, what: "surface", start: time.Now().Add(-30 * time.Second)}
	p.show(49, 1000) // too little to tell.
	require.Equal(t, "surface: 49 of 1000 (4 %)\n", out.String())
	out.Reset()
	p = &progress{out: &out, what: "surface", start: time.Now(), terminal: true}
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
