package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"

	"lossland/pkg/result"
)

// progress shows on stderr how far the work is and when it will be done: on a terminal in a line
// that is written over, elsewhere in a line now and then.
type progress struct {
	out      io.Writer
	terminal bool
	what     string
	said     time.Time
	first    mark // where the rate is counted from.
	shown    bool // the line of a terminal isn't empty.
}

// mark is when so many units were done.
type mark struct {
	done, total int
	at          time.Time
}

// How often it is said on a terminal, and elsewhere.
const (
	often  = 100 * time.Millisecond
	seldom = 10 * time.Second
)

// showing is a context whose measurement is shown as what it does, and as nothing with --quiet.
func (s *session) showing(ctx context.Context, what string) context.Context {
	s.progress.clear()
	if s.quiet {
		return ctx
	}
	file, isFile := s.terminal.(*os.File)
	s.progress = &progress{out: s.terminal, what: what, said: time.Now(),
		terminal: isFile && isatty.IsTerminal(file.Fd())}
	notice := func(text string) {
		s.progress.clear()
		fmt.Fprintf(s.stderr, "%s\n", text)
	}
	return result.WithProgress(result.WithNotice(ctx, notice), s.progress.show)
}

// show says how far the work is, if it is time to.
func (p *progress) show(done, total int) {
	// What comes first isn't like the rest: it compiles, or was done in an earlier run.
	if done > 0 && (p.first.at.IsZero() || done < p.first.done || total != p.first.total) {
		p.first = mark{done, total, time.Now()}
	}
	pause := seldom
	if p.terminal {
		pause = often
	}
	if total <= 0 || time.Since(p.said) < pause {
		return
	}
	p.said = time.Now()
	text := fmt.Sprintf("%s: %d of %d (%d %%)", p.what, done, total, 100*done/total)
	if since := done - p.first.done; done < total && since >= 3 && 20*since >= total {
		took := time.Since(p.first.at)
		text += ", about " + brief(took*time.Duration(total-done)/time.Duration(since)) + " left"
	}
	if p.terminal {
		fmt.Fprintf(p.out, "\r\x1b[K%s", text)
		p.shown = true
		return
	}
	fmt.Fprintln(p.out, text)
}

// clear wipes a terminal's line. It may be called on nil.
func (p *progress) clear() {
	if p != nil && p.shown {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.shown = false
	}
}

// brief is a duration in its largest units, such as "1 h 5 min".
func brief(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

// rename says what is done from here on. It may be called on nil.
func (p *progress) rename(what string) {
	if p != nil {
		p.what = what
	}
}
