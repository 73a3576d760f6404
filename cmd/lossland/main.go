// Command lossland is the toolkit's command line: a thin shell around the packages.
package main

import (
	"context"
	"os"
	"os/signal"

	"github.com/alecthomas/kong"

	_ "lossland/pkg/xla/download" // doctor may fetch a plugin
)

// commands is the command line; each field's Run does one command.
type commands struct {
	Doctor    doctorCommand    `cmd:"" help:"Say what is there, what is missing and the command that mends it."`
	Sheet     sheetCommand     `cmd:"" help:"Write the interview's printable sheet, one A4 page."`
	SamDigits samDigitsCommand `cmd:"" help:"Compare SGD, SAM and ASAM on the digits, clean and with wrong labels."`
	Surface   surfaceCommand   `cmd:"" help:"Draw the loss surface of the lesson's network on the digits."`
	Evidence  evidenceCommand  `cmd:"" help:"Measure the claims of evidence/plan.md and write the table of evidence."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	parsed := kong.Parse(&commands{},
		kong.Name("lossland"),
		kong.Description("Measure, draw and flatten the loss landscape of a GoMLX model."),
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)))
	parsed.FatalIfErrorf(parsed.Run())
}
