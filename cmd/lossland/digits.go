package main

import (
	"context"
	"fmt"
	"math"
	"os"

	"lossland/pkg/command"
	"lossland/pkg/landscape"
	"lossland/pkg/lesson/datasets"
	"lossland/pkg/lesson/session"
	"lossland/pkg/lesson/training"
	"lossland/pkg/result"
	"lossland/pkg/viz"
)

// digitsCommand measures and draws the loss surface of the lesson's network: README's picture. It
// is also what surface does without a model.
type digitsCommand struct {
	Out        string  `help:"The SVG file to write." short:"o" default:"digits.svg" type:"path"`
	Seed       uint64  `help:"Seed of the weights, the data's order and the plane." default:"1"`
	Resolution int     `help:"Points along each axis." default:"40"`
	Range      float64 `help:"Both axes run over [-range, range]." default:"10"`
	Force      bool    `help:"Replace a file that is there." short:"f"`
}

// Validate implements kong's: what is wrong is said before any work.
func (c *digitsCommand) Validate() error {
	switch {
	case c.Resolution < 2:
		return fmt.Errorf("--resolution %d: want at least 2", c.Resolution)
	case !(c.Range > 0) || math.IsInf(c.Range, 0):
		return fmt.Errorf("--range %g: want a positive number", c.Range)
	}
	return command.CheckOutput(c.Out, ".svg", ".html")
}

// Replace says whether they may be there already.
func (c *digitsCommand) Replace() bool { return c.Force }

// Outputs are the files that no other process may write meanwhile.
func (c *digitsCommand) Outputs() []string { return []string{c.Out} }

// Run trains the network (or finds it in the cache), measures a random plane through its weights
// and draws it.
func (c *digitsCommand) Run(ctx context.Context, place command.Place) error {
	session.Output = os.Stderr
	digits, err := datasets.Digits()
	if err != nil {
		return err
	}
	run, err := training.Train(ctx, training.CommonSetup(digits, c.Seed))
	if err != nil {
		return err
	}
	problem, err := run.Problem(digits.Test,
		&landscape.Config{Metrics: []landscape.Metric{training.Accuracy}})
	if err != nil {
		return err
	}
	surface, err := problem.Surface(result.WithProgress(ctx, session.Progress("surface")),
		landscape.SurfaceConfig{Seed: c.Seed, Resolution: c.Resolution, Range: c.Range})
	if err != nil {
		return err
	}
	figure := viz.Contour{
		Grid: surface.Loss, MarkMinimum: true, Equal: true, X: viz.Axis{Label: "α"},
		Y: viz.Axis{Label: "β"}, Z: viz.Axis{Label: "test loss (nats)", Log: true},
		Title: "A plane through 3,466 trained weights",
		Marks: []viz.Mark{{Label: "trained", Kind: viz.End}},
	}
	err = place(c.Out, func(path string) error { return viz.Save(path, figure) })
	if err != nil {
		return err
	}
	fmt.Printf("%d points for the work of %.3g gradients; written to %s\n",
		surface.Done, surface.Cost.Work, c.Out)
	return nil
}
