package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"lossland/pkg/evidence/experiments"
)

// samDigitsCommand compares plain descent, SAM and ASAM on the digits, with clean labels and with
// some of them wrong.
type samDigitsCommand struct {
	Seeds int     `help:"Trainings of each kind." default:"10"`
	Noise float64 `help:"Share of wrong training labels in the table's second half." default:"0.4"`
	Draw  bool    `help:"Train nothing: print and draw what sam-digits.json holds."`
	Out   string  `help:"Folder for sam-digits.json and .svg." default:"evidence" type:"path"`
}

// Validate implements kong's: what is wrong is said before any work.
func (c *samDigitsCommand) Validate() error {
	if c.Seeds < 2 {
		return fmt.Errorf("--seeds %d: want at least 2", c.Seeds)
	}
	return nil
}

// Outputs are the files that no other process may write meanwhile.
func (c *samDigitsCommand) Outputs() []string {
	return []string{filepath.Join(c.Out, "sam-digits.json"), filepath.Join(c.Out, "sam-digits.svg")}
}

// Run trains (or takes from the cache), measures, prints the table and writes it.
func (c *samDigitsCommand) Run(ctx context.Context) error {
	return experiments.SAMDigits(ctx, experiments.SAMDigitsConfig{
		Seeds: c.Seeds, Noise: c.Noise, Draw: c.Draw, Folder: c.Out, Out: os.Stdout,
	})
}
