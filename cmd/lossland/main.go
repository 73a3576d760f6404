// Command lossland is the toolkit's command line: a thin shell around the packages.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"

	"github.com/alecthomas/kong"

	_ "lossland/pkg/xla/download" // doctor may fetch a plugin
)

// commands is the command line; each field's Run does one command.
type commands struct {
	Doctor    doctorCommand    `cmd:"" help:"Say what is there, what is missing, and the remedy."`
	Sheet     sheetCommand     `cmd:"" help:"Write the interview's printable sheet, one A4 page."`
	SamDigits samDigitsCommand `cmd:"" help:"Compare SGD, SAM and ASAM on the digits."`
	Surface   surfaceCommand   `cmd:"" help:"Draw the loss surface of the lesson's network."`
	Evidence  evidenceCommand  `cmd:"" help:"Measure the claims of evidence/plan.md in a table."`

	Version kong.VersionFlag `help:"Print the version and quit."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	parsed := kong.Parse(&commands{},
		kong.Name("lossland"),
		kong.Description("Measure, draw and flatten the loss landscape of a GoMLX model."),
		kong.UsageOnError(),
		kong.Vars{"version": version()},
		kong.BindTo(ctx, (*context.Context)(nil)))
	parsed.FatalIfErrorf(parsed.Run())
}

// version says which source the program was built from: the module's version, or the commit with
// "+dirty" where files had changed; "(devel)" where Go was told neither.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	return versionOf(info)
}

func versionOf(info *debug.BuildInfo) string {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	text := "lossland " + info.Main.Version
	if commit := settings["vcs.revision"]; commit != "" && info.Main.Version == "(devel)" {
		text += " " + commit[:min(len(commit), 12)]
		if settings["vcs.modified"] == "true" {
			text += "+dirty"
		}
	}
	return text + ", " + info.GoVersion
}
