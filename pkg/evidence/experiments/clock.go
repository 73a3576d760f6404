package experiments

import (
	"fmt"
	"time"

	"lossland/pkg/lesson/session"
)

// clock says how far a run is and how long the rest may take.
type clock struct {
	say          func(string)
	scale        session.Scale
	wanted       []experiment
	start, began time.Time

	// spent and budget are the expected seconds of what is done, and of everything.
	spent, budget float64

	// units counts what the current experiment has done. shown is how many tens of seconds had
	// passed when it was last said.
	units, shown int
	current      string
}

// newClock starts the clock of a run.
func newClock(say func(string), scale session.Scale, wanted []experiment) *clock {
	c := &clock{say: say, scale: scale, wanted: wanted, start: time.Now()}
	for _, e := range wanted {
		c.budget += e.cost(scale)
	}
	return c
}

// begin is called before an experiment.
func (c *clock) begin(i int) {
	c.began, c.units = time.Now(), 0
	c.current = fmt.Sprintf("[%2d/%d] %s", i+1, len(c.wanted), c.wanted[i].ids())
}

// tick is called after every unit of work, and says so about every ten seconds.
func (c *clock) tick(unit string) {
	c.units++
	if tens := int(time.Since(c.start).Seconds() / 10); tens > c.shown {
		c.shown = tens
		c.say(fmt.Sprintf("%s: %d units, %s", c.current, c.units, unit))
	}
}

// end is called after an experiment. The rest is expected to take as much more or less time than
// its cost as what is done took.
func (c *clock) end(i int) {
	c.spent += c.wanted[i].cost(c.scale)
	soFar := time.Since(c.start).Seconds()
	c.say(fmt.Sprintf("%s: done, %d units in %.1f s; %.0f s so far, about %.0f s to go",
		c.current, c.units, time.Since(c.began).Seconds(), soFar,
		(c.budget-c.spent)*soFar/c.spent))
}
