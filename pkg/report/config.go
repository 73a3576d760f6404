package report

import (
	"cmp"
	"fmt"
	"math"
	"time"

	"lossland/pkg/audit"
	"lossland/pkg/landscape"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// Config says what the page is about and how much is measured. Its zero value is the documented
// default.
type Config struct {
	// Title is the heading.
	// Default "The loss landscape of " and Model, or "of a network" without one.
	Title string
	// Model and Data say for people what was measured: "resnet.onnx", "images of test.npz".
	// Default empty: left out.
	Model, Data string
	// Loss names the loss and its unit, for the axes.
	// Default "loss".
	Loss string
	// Notes are remarks that a reader needs, one paragraph each, at the top of the page.
	Notes []string
	// Commands make the page again, in this order. They are shown as they are.
	Commands []string

	// Seed decides all random planes, noise and probes.
	Seed uint64
	// BatchNorm is the contract for models with BatchNorm, for the surface, its companions and the
	// lines.
	// Default BatchNormAsMode.
	BatchNorm landscape.BatchNorm
	// Resolution is the number of points along each axis of the surface.
	// Range: at least 2. Default 31.
	Resolution int
	// Normalize says how the directions of planes are scaled to the weights. A network without
	// filters needs Others: landscape.OthersScaled.
	// Default by filter, as in Li et al. 2018.
	Normalize landscape.NormalizeConfig
	// Range is how far the normalised plane reaches: [−Range, Range] on both axes.
	// Range: positive. Default 1.
	Range float64
	// Planes is how many random planes, the surface's included, say whether it is typical. They
	// are measured at 9 × 9 points.
	// Range: at least 3. Default 20.
	Planes int
	// Eigenpairs is how many are measured at each end of the spectrum.
	// Range: at least 1. Default 3.
	Eigenpairs int
	// Points is the number of points of each line along an eigenvector.
	// Range: at least 3. Default 41.
	Points int
	// Reach is how far the lines go in both directions, in the unit of the weights.
	// Range: positive. Default: where the curvature of the sharpest direction alone would have
	// raised the loss by four times itself; by four hundredths of the surface's range if that is
	// more.
	Reach float64
	// Measures are the definitions of sharpness.
	// Default landscape.StandardMeasures(Seed).
	Measures []landscape.Measure
	// Density says how the spectral density is measured, for more than 500 weights. Its Seed is
	// the report's.
	Density spectrum.DensityConfig

	// Audit says how long the audit may take, and on how many examples. Its Seed, Range and
	// Normalize are the report's. Without its Examples their number follows the clock, so that the
	// audit's numbers may differ from run to run.
	// Default Budget: three minutes.
	Audit audit.Config

	// Part is called with the name of each part as it begins, for a line of progress.
	// Default nil.
	Part func(name string)
}

// fill sets the defaults, or says what is out of range.
func (cfg *Config) fill() error {
	cfg.Title = cmp.Or(cfg.Title, "The loss landscape of "+cmp.Or(cfg.Model, "a network"))
	cfg.Loss = cmp.Or(cfg.Loss, "loss")
	for _, n := range []struct {
		name         string
		field        *int
		least, usual int
	}{
		{"Resolution", &cfg.Resolution, 2, 31}, {"Planes", &cfg.Planes, 3, 20},
		{"Eigenpairs", &cfg.Eigenpairs, 1, 3}, {"Points", &cfg.Points, 3, 41},
	} {
		if *n.field = cmp.Or(*n.field, n.usual); *n.field < n.least {
			return bad(n.name, *n.field, fmt.Sprint("at least ", n.least), n.usual)
		}
	}
	cfg.Range = cmp.Or(cfg.Range, 1)
	if !(cfg.Range > 0) || math.IsInf(cfg.Range, 0) {
		return bad("Range", cfg.Range, "a finite positive number", 1)
	}
	if !(cfg.Reach >= 0) || math.IsInf(cfg.Reach, 0) {
		return bad("Reach", cfg.Reach, "a finite positive number", "by the loss and its curvature")
	}
	if cfg.Measures == nil {
		cfg.Measures = landscape.StandardMeasures(cfg.Seed)
	}
	cfg.Density.Seed = cfg.Seed
	cfg.Audit.Budget = cmp.Or(cfg.Audit.Budget, 3*time.Minute)
	cfg.Audit.Seed, cfg.Audit.Range, cfg.Audit.Normalize = cfg.Seed, cfg.Range, &cfg.Normalize
	return nil
}

// bad is the error for a field out of its range.
func bad(field string, got any, want string, usual any) error {
	return &result.BadArgument{Func: "report.Measure", Name: "Config." + field, Got: got,
		Want: fmt.Sprintf("%s, or 0 for the default (%v)", want, usual)}
}
