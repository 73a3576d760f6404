package experiments

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/compute"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/session"
)

// group are the rows that one set of runs decides.
type group struct {
	ids     []string
	measure func(l *lab) ([]*Data, error)
	// quick and full are seconds on two cores with an empty cache, for the time that is left.
	quick, full float64
}

// groups in the order in which they run: what others build on first, and the timing last, when nothing else of ours runs.
var groups = []group{
	{[]string{"W2", "A2"}, (*lab).manySeeds, 6, 60},
	{[]string{"F1"}, (*lab).overfit, 2, 30},
	{[]string{"S1"}, (*lab).pathPlane, 2, 6},
	{[]string{"X6"}, (*lab).planeCurvature, 4, 10},
	{[]string{"X1"}, (*lab).rescaled, 5, 10},
	{[]string{"X5"}, (*lab).smallNetworks, 1, 40},
	{[]string{"A1"}, (*lab).surfaceByHand, 4, 20},
	{[]string{"X2"}, (*lab).connect, 12, 60},
	{[]string{"X3"}, (*lab).edgeOfStability, 8, 100},
	{[]string{"W3"}, (*lab).memorise, 10, 35},
	{[]string{"T2"}, (*lab).batchSlope, 12, 90},
	{[]string{"F5", "F6", "A4"}, (*lab).grid, 25, 320},
	{[]string{"T1", "A5", "W5"}, (*lab).largeAgainstSmall, 14, 250},
	{[]string{"F3"}, (*lab).stuckPoints, 3, 35},
	{[]string{"T3", "A6", "M2"}, (*lab).sharpnessAware, 14, 90},
	{[]string{"F4", "A3"}, (*lab).plateau, 12, 400},
	{[]string{"F2", "W1"}, (*lab).saddles, 8, 600},
	{[]string{"W4"}, (*lab).escape, 3, 60},
	{[]string{"X4"}, (*lab).negativeShare, 25, 400},
	{[]string{"M1"}, (*lab).stepCost, 4, 6},
}

// Config is what Run takes.
type Config struct {
	Scale   session.Scale
	Backend compute.Backend
	Plan    string   // the file with the plan, evidence/plan.md
	Folder  string   // where claims.json and data/ go
	Only    []string // ids; default all
	Command string   // that makes a row again, with %s for its id
	// Say is told what is going on, a line at a time. Default: nobody.
	Say func(line string)
}

// Run measures rows, writes their data, and makes the table anew from all the data in the folder. Interrupted, it goes on where it stopped when
// called again: every run of descent and every measured point is kept in the lesson's cache.
func Run(ctx context.Context, cfg Config) ([]evidence.Claim, error) {
	if cfg.Say == nil {
		cfg.Say = func(string) {}
	}
	plan, err := ReadPlan(cfg.Plan)
	if err != nil {
		return nil, err
	}
	wanted, err := choose(plan, cfg.Only)
	if err != nil {
		return nil, err
	}
	clock := newClock(cfg, wanted)
	l := newLab(ctx, cfg.Scale, cfg.Backend, clock.tick)
	defer l.close()
	for i, g := range wanted {
		clock.begin(i)
		data, err := g.measure(l)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", strings.Join(g.ids, ", "), err)
		}
		for _, d := range data {
			if err := d.write(cfg.Folder); err != nil {
				return nil, err
			}
		}
		clock.end(i)
	}
	return Tabulate(plan, cfg.Folder, cfg.Command)
}

// choose returns the groups that hold the wanted ids, all of them if none is named.
func choose(plan []Planned, ids []string) ([]group, error) {
	if len(ids) == 0 {
		return groups, nil
	}
	for _, id := range ids {
		if !slices.ContainsFunc(plan, func(p Planned) bool { return p.ID == id }) {
			return nil, fmt.Errorf("experiments: the plan has no row %q", id)
		}
	}
	return slices.DeleteFunc(slices.Clone(groups), func(g group) bool {
		return !slices.ContainsFunc(g.ids, func(id string) bool { return slices.Contains(ids, id) })
	}), nil
}

// Tabulate makes the table from the data in the folder, in the plan's order, and writes claims.json and the pictures. Rows without data are left out.
func Tabulate(plan []Planned, folder, command string) ([]evidence.Claim, error) {
	claims, err := Claims(plan, folder, command)
	if err != nil {
		return nil, err
	}
	if err := writePictures(claims, folder); err != nil {
		return nil, err
	}
	return claims, evidence.WriteClaims(filepath.Join(folder, "claims.json"), claims)
}

// Claims computes the rows of the table from the data in the folder; rows without data are left out.
func Claims(plan []Planned, folder, command string) ([]evidence.Claim, error) {
	var claims []evidence.Claim
	for _, p := range plan {
		found, err := filepath.Glob(path(folder, p.ID))
		if err != nil || len(found) == 0 {
			continue
		}
		d, err := ReadData(folder, p.ID)
		if err != nil {
			return nil, err
		}
		claim, err := Judge(p, d, fmt.Sprintf(command, p.ID))
		if err != nil {
			return nil, err
		}
		claims = append(claims, claim)
	}
	return claims, nil
}

// clock says how far a run is and how long the rest may take.
type clock struct {
	say           func(string)
	groups        []group
	cost          func(g group) float64
	start, began  time.Time
	spent, budget float64 // expected seconds of what is done, and of all
	units, shown  int
	current       string
}

func newClock(cfg Config, wanted []group) *clock {
	c := &clock{say: cfg.Say, groups: wanted, start: time.Now(), cost: func(g group) float64 {
		if cfg.Scale == session.Full {
			return g.full
		}
		return g.quick
	}}
	for _, g := range wanted {
		c.budget += c.cost(g)
	}
	return c
}

func (c *clock) begin(i int) {
	c.began, c.units = time.Now(), 0
	c.current = fmt.Sprintf("[%2d/%d] %s", i+1, len(c.groups), strings.Join(c.groups[i].ids, ", "))
}

// tick is called after every unit of work, and says so about every ten seconds.
func (c *clock) tick(unit string) {
	c.units++
	if tens := int(time.Since(c.start).Seconds() / 10); tens > c.shown {
		c.shown = tens
		c.say(fmt.Sprintf("%s: %d units, %s", c.current, c.units, unit))
	}
}

func (c *clock) end(i int) {
	c.spent += c.cost(c.groups[i])
	left := time.Duration((c.budget - c.spent) * time.Since(c.start).Seconds() / c.spent * float64(time.Second))
	c.say(fmt.Sprintf("%s: done, %d units in %.1f s; %.0f s so far, about %.0f s to go", c.current, c.units, time.Since(c.began).Seconds(),
		time.Since(c.start).Seconds(), left.Seconds()))
}
