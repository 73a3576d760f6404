package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// description is what the help begins with.
func (p Program) description() string {
	about := p.About
	if about == "" {
		about = "Measure and draw the loss landscape of a network."
	}
	return about + "\n\nResults go to the standard output, and to the files that are named with " +
		"-o; progress and remarks to the standard error.\n\n" + exitHelp()
}

// examples are the lines to copy, by command. PROGRAM and FILES stand for the program's.
var examples = map[string][]string{
	"check":     {"PROGRAM check FILES", "PROGRAM check FILES --budget 5m --json"},
	"surface":   {"PROGRAM surface FILES -o surface.svg -o surface.npz --range auto"},
	"line":      {"PROGRAM line FILES --direction top -o line.svg"},
	"sharpness": {"PROGRAM sharpness FILES --measures lambda-max,gaussian --json"},
	"spectrum":  {"PROGRAM spectrum FILES --top 10 -o spectrum.svg -o spectrum.npz"},
	"classify":  {"PROGRAM classify FILES"},
	"connect":   {"PROGRAM connect A B FILES -o path.svg"},
	"report":    {"PROGRAM report FILES -o report.html"},
	"draw":      {"PROGRAM draw surface.npz --relief -o relief.svg"},
	"compare":   {"PROGRAM compare before.npz after.npz"},
	"completion": {"PROGRAM completion bash > ~/.local/share/bash-completion/completions/PROGRAM",
		"PROGRAM completion zsh > ~/.zfunc/_PROGRAM",
		"PROGRAM completion fish > ~/.config/fish/completions/PROGRAM.fish"},
}

// fitHelp gives each command's help its lines to copy, and its files the program's names.
func (p Program) fitHelp(k *kong.Kong) {
	for _, node := range k.Model.Leaves(true) {
		var lines []string
		for _, line := range examples[node.Name] {
			if node.Name == "connect" {
				line = strings.Replace(line, "A B FILES", p.connectFiles(), 1)
			}
			line = strings.ReplaceAll(line, "FILES", p.Files)
			line = strings.ReplaceAll(line, "PROGRAM", p.Name)
			lines = append(lines, "    "+strings.Join(strings.Fields(line), " "))
		}
		if len(lines) > 0 {
			node.Detail = strings.TrimSpace(node.Detail + "\n\nFor example\n\n" +
				strings.Join(lines, "\n"))
		}
		node.Positional = slices.DeleteFunc(node.Positional, func(v *kong.Positional) bool {
			return v.Name == "files" && p.Files == "" && node.Name != "connect"
		})
	}
}

// filesHelp is the help of the words after a command.
func (p Program) filesHelp() string {
	if p.Files == "" {
		return "For connect: A and B, two files of weights."
	}
	return p.Files + ", in any order; connect takes two models."
}

// connectFiles are connect's words in its example.
func (p Program) connectFiles() string {
	first, rest, _ := strings.Cut(p.Files, " ")
	if first == "" {
		return "a.npz b.npz"
	}
	name, ending, _ := strings.Cut(first, ".")
	return fmt.Sprintf("%s-a.%s %s-b.%s %s", name, ending, name, ending, rest)
}

// commandNames are the commands that the help lists.
func commandNames(app *kong.Application) (names []string) {
	for _, node := range app.Leaves(true) {
		names = append(names, node.Path())
	}
	return names
}
