package main

import (
	"context"
	"os"

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

// Run trains (or takes from the cache), measures, prints the table and writes it.
func (c *samDigitsCommand) Run(ctx context.Context) error {
	return experiments.SAMDigits(ctx, experiments.SAMDigitsConfig{
		Seeds: c.Seeds, Noise: c.Noise, Draw: c.Draw, Folder: c.Out, Out: os.Stdout,
	})
}
