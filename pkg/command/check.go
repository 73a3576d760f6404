package command

import (
	"errors"
	"fmt"
	"math"
	"time"

	"lossland/pkg/audit"
	"lossland/pkg/landscape"
)

// checkCommand asks whether a picture can be trusted.
type checkCommand struct {
	flags
	Out      string         `short:"o" placeholder:"FILE" help:"${json_out}"`
	Budget   *time.Duration `help:"${check_budget}"`
	Examples int            `help:"Most examples to use. Default: as many as the budget allows."`
	Range    float64        `help:"${check_range}"`
}

var _ task = (*checkCommand)(nil)

func (c *checkCommand) check(s *session) error {
	if c.Budget != nil && *c.Budget <= 0 {
		return fmt.Errorf("--budget %v: want a positive duration, such as 1m", *c.Budget)
	}
	if !(c.Range >= 0) {
		return fmt.Errorf("--range %g: want a positive number", c.Range)
	}
	return errors.Join(atLeast("examples", c.Examples, 0), s.claimJSON(c.Out))
}

func (c *checkCommand) measure(s *session, subject *Subject) error {
	cfg := audit.Config{Examples: c.Examples, Seed: c.Seed, Range: c.Range,
		Normalize: &landscape.NormalizeConfig{}}
	if c.Budget != nil {
		cfg.Budget = *c.Budget
	}
	report, err := audit.Run(s.showing(s.ctx, "check"), subject.Problem, cfg)
	if err != nil {
		if s.ctx.Err() != nil && report != nil {
			return &stopped{fmt.Sprintf("check: %d checks were made:\n%s", len(report.Rows),
				report)}
		}
		return err
	}
	if err := s.give(c.Out, report, report.String()); err != nil {
		return err
	}
	switch n := report.Unreached(); {
	case report.Verdict() == audit.Wrong:
		return errNo
	case n > 0:
		return &late{fmt.Sprintf("%d of %d checks were not tried, for lack of time: --budget %s "+
			"gives more", n, len(report.Rows), longer(report.Took))}
	}
	return nil
}

// longer is some minutes, several times what was too short.
func longer(took time.Duration) string {
	return fmt.Sprintf("%dm", max(5, int(math.Ceil(4*took.Minutes()))))
}
