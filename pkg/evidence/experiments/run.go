package experiments

import (
	"context"
	"fmt"
	"slices"

	"github.com/gomlx/compute"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/session"
)

// Config is what [Run] takes.
type Config struct {
	Scale   session.Scale
	Backend compute.Backend

	// Plan is the file with the plan, evidence/plan.md.
	Plan string
	// Folder is where claims.json, data/ and pictures/ go.
	Folder string
	// Only are the ids of the rows to measure. Default: all.
	Only []string
	// Command makes a row again, with %s for its id.
	Command string
	// Say is told what is going on, a line at a time. Default: nobody is.
	Say func(line string)
}

// Run measures rows, writes their data, and makes the table anew from all the data in the folder.
// A run that was interrupted goes on where it stopped when it is called again: every training and
// every measured point is kept in the lesson's cache.
func Run(ctx context.Context, cfg Config) ([]evidence.Claim, error) {
	if cfg.Say == nil {
		cfg.Say = func(string) {}
	}
	plan, err := evidence.ReadPlan(cfg.Plan)
	if err != nil {
		return nil, err
	}
	wanted, err := choose(plan, cfg.Only)
	if err != nil {
		return nil, err
	}
	clock := newClock(cfg.Say, cfg.Scale, wanted)
	l := newLab(ctx, cfg.Scale, cfg.Backend, clock.tick)
	defer l.close()
	for i, e := range wanted {
		clock.begin(i)
		data, err := e.measure(l)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.ids(), err)
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

// choose returns the experiments that decide the wanted rows, all of them if none is named, in the
// order in which they run.
func choose(plan []evidence.Planned, ids []string) ([]experiment, error) {
	for _, id := range ids {
		if !slices.ContainsFunc(plan, func(p evidence.Planned) bool { return p.ID == id }) {
			return nil, fmt.Errorf("experiments: the plan has no row %q", id)
		}
	}
	all, err := inOrder(plan, gathered)
	if err != nil || len(ids) == 0 {
		return all, err
	}
	return slices.DeleteFunc(all, func(e experiment) bool {
		return !slices.ContainsFunc(ids, e.decides)
	}), nil
}
