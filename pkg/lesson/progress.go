package lesson

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
)

// Progress returns a callback for long work, called with how much is done and how much there is. LESSON_PROGRESS decides
// what is seen:
//
//   - bar: a bar with the time that is left, on one line that is written over; when all is done the line of "line" stays;
//   - line: nothing until all is done, then one line with the time it took;
//   - off: nothing.
//
// Not set, it is bar on a terminal and in a notebook, and line elsewhere. It is safe for use by several goroutines.
func Progress(what string) func(done, total int) {
	switch mode := progressMode(); mode {
	case "off":
		return func(done, total int) {}
	case "bar":
		return (&progress{what: what, start: time.Now(), bar: true}).update
	default:
		return (&progress{what: what, start: time.Now()}).update
	}
}

// progressMode resolves the environment; a value that isn't known counts as not set.
func progressMode() string {
	switch mode := os.Getenv(ProgressVariable); mode {
	case "bar", "line", "off":
		return mode
	}
	if os.Getenv(notebookVariable) != "" || isatty.IsTerminal(os.Stdout.Fd()) {
		return "bar"
	}
	return "line"
}

type progress struct {
	mu       sync.Mutex
	what     string
	start    time.Time
	bar      bool
	drawn    *progressbar.ProgressBar
	finished bool
}

func (p *progress) update(done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.finished {
		return
	}
	if p.bar && p.drawn == nil {
		p.drawn = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(output()), progressbar.OptionSetDescription(p.what), progressbar.OptionSetWidth(24),
			progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true),
			progressbar.OptionClearOnFinish())
	}
	if p.drawn != nil {
		_ = p.drawn.Set(done) // that a bar can't be drawn is no reason to stop
	}
	if done >= total {
		p.finished = true
		fmt.Fprintf(output(), "%s: %d of %d in %.1f s\n", p.what, done, total, time.Since(p.start).Seconds())
	}
}
