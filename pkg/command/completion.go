package command

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// completionCommand prints a shell's completions.
type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// do prints the script.
func (c *completionCommand) do(s *session) error {
	writers := map[string]func(string, *kong.Application) string{
		"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}
	_, err := fmt.Fprint(s.stdout, writers[c.Shell](s.program.Name, s.model))
	return err
}

// completed is a command as completions need it.
type completed struct {
	name, help string
	flags      []flagHelp
}

// flagHelp is a flag, and the values that it takes where they are few.
type flagHelp struct {
	name, help string
	short      rune
	takes      bool
	values     []string
}

// completions are all commands with their flags.
func completions(app *kong.Application) (all []completed) {
	for _, node := range app.Leaves(true) {
		c := completed{name: node.Path(), help: firstSentence(node.Help)}
		for _, group := range node.AllFlags(true) {
			for _, f := range group {
				h := flagHelp{name: f.Name, help: firstSentence(f.Help), short: f.Short,
					takes: !f.IsBool()}
				if f.Enum != "" {
					h.values = strings.Split(f.Enum, ",")
				}
				c.flags = append(c.flags, h)
			}
		}
		all = append(all, c)
	}
	return all
}

// firstSentence is a help's beginning, without what shells would take for their own.
func firstSentence(help string) string {
	help, _, _ = strings.Cut(help, ".")
	return strings.NewReplacer("'", "’", "[", "(", "]", ")", ":", ",").Replace(help)
}

// bashCompletion offers commands, then flags and files.
func bashCompletion(name string, app *kong.Application) string {
	var names []string
	var cases, values strings.Builder
	seen := map[string]bool{}
	for _, c := range completions(app) {
		names = append(names, c.name)
		var flags []string
		for _, f := range c.flags {
			flags = append(flags, "--"+f.name)
			if len(f.values) > 0 && !seen[f.name] {
				seen[f.name] = true
				fmt.Fprintf(&values, "    --%s) COMPREPLY=($(compgen -W '%s' -- \"$word\")); "+
					"return;;\n", f.name, strings.Join(f.values, " "))
			}
		}
		fmt.Fprintf(&cases, "    %s) flags='%s';;\n", c.name, strings.Join(flags, " "))
	}
	function := "_" + strings.ReplaceAll(name, "-", "_")
	// A file's name is a line of compgen's output, and readline quotes it (-o filenames).
	return fmt.Sprintf(`# Completions of %[1]s for bash.
%[2]s() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} flags= name=
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '%[3]s --help --version' -- "$word"))
    return
  fi
  case $before in
%[4]s  esac
  case ${COMP_WORDS[1]} in
%[5]s  esac
  case $word in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$word"));;
    *) COMPREPLY=()
       while IFS= read -r name; do COMPREPLY+=("$name"); done < <(compgen -f -- "$word");;
  esac
}
complete -o filenames -F %[2]s %[1]s
`, name, function, strings.Join(names, " "), values.String(), cases.String())
}

// zshCompletion describes each command to _arguments.
func zshCompletion(name string, app *kong.Application) string {
	var commands, cases strings.Builder
	for _, c := range completions(app) {
		fmt.Fprintf(&commands, "    '%s:%s'\n", c.name, c.help)
		fmt.Fprintf(&cases, "    %s) _arguments -s \\\n", c.name)
		for _, f := range c.flags {
			value := ""
			if f.takes {
				value = ":" + f.name + ":_files"
			}
			if len(f.values) > 0 {
				value = ":" + f.name + ":(" + strings.Join(f.values, " ") + ")"
			}
			fmt.Fprintf(&cases, "      '*--%s[%s]%s' \\\n", f.name, f.help, value)
			if f.short != 0 {
				fmt.Fprintf(&cases, "      '*-%c[%s]%s' \\\n", f.short, f.help, value)
			}
		}
		cases.WriteString("      '*:file:_files';;\n")
	}
	return fmt.Sprintf(`#compdef %[1]s
# Completions of %[1]s for zsh.
_%[1]s() {
  local -a commands
  commands=(
%[2]s  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
%[3]s  esac
}
if [ "$funcstack[1]" = "_%[1]s" ]; then
  _%[1]s "$@"
else
  compdef _%[1]s %[1]s
fi
`, name, commands.String(), cases.String())
}

// fishCompletion is a line for each command and each of its flags.
func fishCompletion(name string, app *kong.Application) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Completions of %s for fish.\n", name)
	for _, c := range completions(app) {
		fmt.Fprintf(&b, "complete -c %s -n __fish_use_subcommand -f -a %s -d '%s'\n", name, c.name,
			c.help)
		for _, f := range c.flags {
			line := fmt.Sprintf("complete -c %s -n '__fish_seen_subcommand_from %s' -l %s -d '%s'",
				name, c.name, f.name, f.help)
			if f.short != 0 {
				line += fmt.Sprintf(" -s %c", f.short)
			}
			switch {
			case len(f.values) > 0:
				line += " -x -a '" + strings.Join(f.values, " ") + "'"
			case f.takes:
				line += " -r"
			}
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
