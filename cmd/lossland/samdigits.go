package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"lossland/pkg/command"
	"lossland/pkg/evidence/experiments"
)

// samDigitsCommand compares plain descent, SAM and ASAM on the digits, with clean labels and with
// some of them wrong.
type samDigitsCommand struct {
	Seeds int     `help:"Trainings of each kind." default:"10"`
	Noise float64 `help:"Share of wrong training labels in the table's second half." default:"0.4"`
	Draw  bool    `help:"Train nothing: print and draw what sam-digits.json holds."`
	Out   string  `help:"Folder for sam-digits.json and .svg." default:"evidence" type:"path"`
	Force bool    `help:"Replace files that are there." short:"f"`
}

// Validate implements kong's: what is wrong is said before any work.
func (c *samDigitsCommand) Validate() error {
	if c.Seeds < 2 {
		return fmt.Errorf("--seeds %d: want at least 2", c.Seeds)
	}
	return nil
}

// Replace says whether they may be there already.
func (c *samDigitsCommand) Replace() bool { return c.Force }

// Outputs are the files that no other process may write meanwhile; with --draw the rows are read.
func (c *samDigitsCommand) Outputs() []string {
	picture, rows := filepath.Join(c.Out, "sam-digits.svg"), filepath.Join(c.Out, "sam-digits.json")
	if c.Draw {
		return []string{picture}
	}
	return []string{picture, rows}
}

// Run trains (or takes from the cache), measures, prints the table and writes it.
func (c *samDigitsCommand) Run(ctx context.Context, place command.Place) error {
	return experiments.SAMDigits(ctx, experiments.SAMDigitsConfig{
		Seeds: c.Seeds, Noise: c.Noise, Draw: c.Draw, Folder: c.Out, Out: os.Stdout,
		Place: place,
	})
}
