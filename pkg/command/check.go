package command

import (
	"fmt"
	"time"

	"lossland/pkg/audit"
	"lossland/pkg/landscape"
)

// checkCommand asks whether a picture can be trusted.
type checkCommand struct {
	flags
	Budget   time.Duration `default:"1m" help:"About how long it may take."`
	Examples int           `help:"Most examples to use. Default: as many as the budget allows."`
	Range    float64       `help:"${check_range}"`
}

var _ task = (*checkCommand)(nil)

func (c *checkCommand) check(*session) error {
	if c.Budget <= 0 {
		return fmt.Errorf("--budget %v: want a positive duration, such as 1m", c.Budget)
	}
	if !(c.Range >= 0) {
		return fmt.Errorf("--range %g: want a positive number", c.Range)
	}
	return atLeast("examples", c.Examples, 0)
}

func (c *checkCommand) measure(s *session, subject *Subject) error {
	report, err := audit.Run(s.showing(s.ctx, "check"), subject.Problem, audit.Config{
		Budget: c.Budget, Examples: c.Examples, Seed: c.Seed, Range: c.Range,
		Normalize: &landscape.NormalizeConfig{}})
	if err != nil {
		if s.ctx.Err() != nil && report != nil {
			return &stopped{fmt.Sprintf("check: %d checks were made:\n%s", len(report.Rows),
				report)}
		}
		return err
	}
	if err := s.print(report, report.String()); err != nil {
		return err
	}
	if !report.OK() {
		return errNo
	}
	return nil
}
