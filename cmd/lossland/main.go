// Command lossland is the toolkit's command line: a thin shell around the packages.
package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"lossland/pkg/command"
	"lossland/pkg/losses"
	_ "lossland/pkg/xla/download" // doctor may fetch a plugin
)

// commands are those beside the ones that every program has (see pkg/command).
type commands struct {
	Doctor    doctorCommand    `cmd:"" help:"Say what is there, what is missing, and the remedy."`
	Digits    digitsCommand    `cmd:"" help:"Draw the surface of the lesson's network."`
	Sheet     sheetCommand     `cmd:"" help:"Write the interview's printable sheet, one A4 page."`
	SamDigits samDigitsCommand `cmd:"" help:"Compare SGD, SAM and ASAM on the digits."`
	Evidence  evidenceCommand  `cmd:"" help:"Measure the claims of evidence/plan.md in a table."`
}

const about = "Measure, draw and judge the loss landscape of a model: its .onnx file, as " +
	"PyTorch, JAX and Keras export it, and data.\n\n" +
	"    lossland report model.onnx data.npz -o report.html"

func main() {
	os.Args = withDigits(os.Args)
	program().Main()
}

// program is the whole command line.
func program() command.Program {
	flags := &modelFlags{}
	_, numbered, _ := strings.Cut(version(), " ")
	return command.Program{Name: "lossland", About: about, Version: numbered,
		Files: "model.onnx data.npz", Flags: flags, Check: flags.check, Problem: flags.problem,
		Weights: flags.weights, Commands: &commands{},
		Compare: map[string]func(a, b string) ([]command.Difference, error){
			".onnx": compareModels}, Texts: map[string]string{
			"model":  "The model, an .onnx file; also without --model.",
			"array":  "Which array of the data is which input.",
			"labels": "Which array, or column of a table, has the labels.",
			"output": "The model's outputs; the loss reads the first.",
			"hold":   "Weights to hold constant, by name or pattern.",
			"data":   "The data: .npz, .npy, .csv, IDX or a folder of .npz; also without --data.",
			"losses": strings.Join(losses.Names(), ", ") + ". Default: cross-entropy, of logits.",
		}}
}

// withDigits turns surface into digits where it has no other flags than it had before there were
// models, and --force.
func withDigits(args []string) []string {
	if len(args) < 2 || args[1] != "surface" {
		return args
	}
	for i := 2; i < len(args); i++ {
		if args[i] == "--force" || args[i] == "-f" {
			continue
		}
		flag, _, whole := strings.Cut(args[i], "=")
		if !slices.Contains([]string{"-o", "--out", "--seed", "--resolution", "--range"}, flag) {
			return args
		}
		if !whole {
			i++ // its value.
		}
	}
	return append([]string{args[0], "digits"}, args[2:]...)
}

// release is the version of the wheel that the program was built for; empty elsewhere.
var release string

// version says which source the program was built from: the wheel's or the module's version, or the
// commit with "+dirty" where files had changed; "(devel)" where Go was told neither.
func version() string {
	if release != "" {
		return "lossland " + release + ", " + runtime.Version()
	}
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
