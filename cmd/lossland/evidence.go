package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"lossland/pkg/evidence"
	"lossland/pkg/evidence/experiments"
	"lossland/pkg/lesson/session"
	"lossland/pkg/xla"
)

// evidenceCommand measures the claims of the plan and writes the table.
type evidenceCommand struct {
	Scale string   `help:"quick (minutes) or full (an hour)." enum:"quick,full" default:"quick"`
	Only  []string `help:"Measure these rows only, such as F1,W2; the table keeps the others."`
	Root  string   `help:"The project's folder." env:"LOSSLAND_ROOT" default:"." type:"existingdir"`
	Out   string   `help:"The table's folder. Default: evidence/, at quick build/evidence/."`
	Table bool     `help:"Measure nothing: make the table anew from the data that are there."`
	Force bool     `help:"Replace a table, data and pictures that are there." short:"f"`
}

// folder is where the table is.
func (e *evidenceCommand) folder() string {
	switch {
	case e.Out != "":
		return e.Out
	case e.Scale == string(session.Full):
		return filepath.Join(e.Root, "evidence")
	}
	return filepath.Join(e.Root, "build", "evidence")
}

// Replace says whether they may be there already.
func (e *evidenceCommand) Replace() bool { return e.Force }

// Outputs are the table and, unless it is made of them, the data of the rows that are measured.
// Pictures are drawn of rows that the table has.
func (e *evidenceCommand) Outputs() []string {
	outputs := []string{filepath.Join(e.folder(), "claims.json")}
	if e.Table {
		return outputs
	}
	plan, err := evidence.ReadPlan(e.plan())
	if err != nil {
		return outputs // Run says so.
	}
	for _, row := range plan {
		if len(e.Only) == 0 || slices.Contains(e.Only, row.ID) {
			outputs = append(outputs, filepath.Join(e.folder(), "data", row.ID+".json"))
		}
	}
	return outputs
}

func (e *evidenceCommand) plan() string { return filepath.Join(e.Root, "evidence", "plan.md") }

// Run measures, prints a line for each row, and says where the table is.
func (e *evidenceCommand) Run(ctx context.Context) error {
	folder := e.folder()
	claims, err := e.claims(ctx, experiments.Config{
		Scale: session.Scale(e.Scale), Plan: e.plan(),
		Folder: folder, Only: e.Only, Command: experiments.Command(session.Scale(e.Scale)),
		Say: func(line string) { fmt.Println(line) },
	})
	if err != nil {
		return err
	}
	if err := evidence.PrintClaims(os.Stdout, claims); err != nil {
		return err
	}
	fmt.Printf("Table: %s\n", filepath.Join(folder, "claims.json"))
	return nil
}

// claims measures the rows, or makes the table from what was measured.
func (e *evidenceCommand) claims(
	ctx context.Context, cfg experiments.Config) ([]evidence.Claim, error) {
	if e.Table {
		plan, err := evidence.ReadPlan(cfg.Plan)
		if err != nil {
			return nil, err
		}
		return experiments.Tabulate(plan, cfg.Folder, cfg.Command)
	}
	backend, choice, err := xla.Shared()
	if err != nil {
		return nil, err
	}
	if !choice.IsXLA() {
		return nil, errors.New("the evidence needs XLA (the pure-Go backend lacks DynamicSlice); " +
			"run `make setup`, then `lossland doctor`")
	}
	cfg.Backend = backend
	cfg.Say("Backend: " + choice.String())
	session.Output = io.Discard // a line for each of some thousand units is too much
	source := commit(ctx, e.Root)
	machine := experiments.DescribeMachine(choice.String(), e.Scale, e.Only, source)
	claims, err := experiments.Run(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return claims, machine.Finish(cfg.Folder)
}

// commit names the source that is run, "" where git doesn't know.
func commit(ctx context.Context, root string) string {
	cmd := exec.CommandContext(ctx, "git", "rev-parse", "--short", "HEAD")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
