package session

import (
	"fmt"
	"os"
	"sync"
	"time"

	"lossland/internal/project"

	"github.com/cheggaaa/pb/v3"
	"github.com/mattn/go-isatty"
)

// Progress returns a callback for long work, called with how much is done and how much there is.
// LESSON_PROGRESS decides what is seen:
//
//   - bar: a bar with the time that is left, on one line that is written over; when all is done the
//     line of "line" stays;
//   - line: nothing until all is done, then one line with the time it took;
//   - off: nothing.
//
// Not set, it is bar on a terminal and in a notebook, and line elsewhere. It is safe for use by
// several goroutines.
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
	if os.Getenv(project.NotebookVariable) != "" || isatty.IsTerminal(os.Stdout.Fd()) {
		return "bar"
	}
	return "line"
}

const (
	bar = pb.ProgressBarTemplate(`{{string . "what"}} {{percent .}} ` +
		`{{bar . "[" "=" ">" " " "]"}} {{counters .}} {{rtime . "%s left" "%s" ""}}`)
	barWidth = 80 // columns
	refresh  = 200 * time.Millisecond
)

type progress struct {
	mu       sync.Mutex
	what     string
	start    time.Time
	bar      bool
	drawn    *pb.ProgressBar
	at       time.Time // when it was drawn last
	finished bool
}

func (p *progress) update(done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.finished {
		return
	}
	if p.bar {
		p.draw(done, total)
	}
	if done >= total {
		p.finished = true
		fmt.Fprintf(Writer(), "%s: %d of %d in %.1f s\n", p.what, done, total,
			time.Since(p.start).Seconds())
	}
}

// draw writes the bar over the line, or wipes it when all is done; never from a goroutine, which
// would go on when the work is given up.
func (p *progress) draw(done, total int) {
	if p.drawn == nil {
		p.drawn = bar.New(total).SetWriter(Writer()).SetWidth(barWidth).Set("what", p.what).
			Set(pb.Static, true).Set(pb.ReturnSymbol, "\r").Set(pb.CleanOnFinish, true).Start()
	}
	p.drawn.SetCurrent(int64(done))
	switch {
	case done >= total:
		p.drawn.Finish().Write()
	case time.Since(p.at) > refresh:
		p.at = time.Now()
		p.drawn.Write()
	}
}
