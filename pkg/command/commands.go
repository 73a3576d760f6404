package command

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/alecthomas/kong"

	"lossland/pkg/landscape"
	"lossland/pkg/result"
	"lossland/pkg/transform"
)

// commands are what every program has.
type commands struct {
	Check      checkCommand      `cmd:"" help:"${commands_check}"`
	Surface    surfaceCommand    `cmd:"" help:"${commands_surface}"`
	Line       lineCommand       `cmd:"" help:"${commands_line}"`
	Sharpness  sharpnessCommand  `cmd:"" help:"${commands_sharpness}"`
	Spectrum   spectrumCommand   `cmd:"" help:"${commands_spectrum}"`
	Classify   classifyCommand   `cmd:"" help:"${commands_classify}"`
	Connect    connectCommand    `cmd:"" help:"${commands_connect}"`
	Report     reportCommand     `cmd:"" help:"${commands_report}"`
	Draw       drawCommand       `cmd:"" help:"Draw a saved surface, line or spectrum again."`
	Compare    compareCommand    `cmd:"" help:"Say whether, and by how much, two results differ."`
	Completion completionCommand `cmd:"" help:"Print the completions for a shell."`
}

// newCommands gives each measuring command the program's flags.
func newCommands(flags any) *commands {
	c := &commands{}
	if flags == nil {
		return c
	}
	for _, t := range []task{&c.Check, &c.Surface, &c.Line, &c.Sharpness, &c.Spectrum, &c.Classify,
		&c.Connect, &c.Report} {
		t.common().Given = kong.Plugins{flags}
	}
	return c
}

// flags are those of every measuring command.
type flags struct {
	Files []string     `arg:"" optional:"" help:"${files}"`
	Given kong.Plugins `embed:"" group:"Model and data"`
	Seed  uint64       `default:"1" help:"${flags_seed}"`
	JSON  bool         `name:"json" help:"Print the result as JSON."`
	Force bool         `short:"f" help:"${flags_force}"`
	Quiet bool         `short:"q" help:"Say nothing on the standard error but errors."`
}

func (f *flags) common() *flags { return f }

// extent is a range: "auto", or half the width of an axis.
type extent struct {
	auto  bool
	value float64
}

var _ encoding.TextUnmarshaler = (*extent)(nil)

// UnmarshalText implements encoding.TextUnmarshaler.
func (e *extent) UnmarshalText(text []byte) error {
	if string(text) == "auto" {
		*e = extent{auto: true}
		return nil
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil || !(v > 0) || math.IsInf(v, 0) {
		return fmt.Errorf("%q; want auto, or a positive number: the axes run from minus it to "+
			"plus it", text)
	}
	*e = extent{value: v}
	return nil
}

// atLeast checks an integer of the command line.
func atLeast(flag string, got, least int) error {
	if got < least {
		return fmt.Errorf("--%s %d: want at least %d", flag, got, least)
	}
	return nil
}

// between is atLeast for what nobody could draw, and no machine hold, beyond most.
func between(flag string, got, least, most int) error {
	if got > most {
		return fmt.Errorf("--%s %d: want at most %d", flag, got, most)
	}
	return atLeast(flag, got, least)
}

// normalizations and contracts are values of flags.
var (
	normalizations = map[string]landscape.Normalization{"filter": landscape.ByFilter,
		"layer": landscape.ByLayer}
	contracts = map[string]landscape.BatchNorm{"as-mode": landscape.BatchNormAsMode,
		"frozen": landscape.BatchNormFrozen, "batch": landscape.BatchNormBatch,
		"re-estimated": landscape.BatchNormReestimated}
)

// isRefusal says whether an error is one of those that name what can't be measured rightly.
func isRefusal(err error) bool {
	for _, known := range []error{landscape.ErrNoData, landscape.ErrNoWeights,
		landscape.ErrUnequalBatches, landscape.ErrNotScalar, landscape.ErrRandom,
		landscape.ErrDataChanged, landscape.ErrNotSymmetric, landscape.ErrGradient,
		landscape.ErrLoss} {
		if errors.Is(err, known) {
			return true
		}
	}
	var unsupported *transform.Unsupported
	return errors.As(err, &unsupported)
}

// isBadArgument says whether an error is about a number that was asked for.
func isBadArgument(err error) bool {
	var bad *result.BadArgument
	return errors.As(err, &bad)
}
