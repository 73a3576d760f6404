package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"lossland/pkg/evidence"
	"lossland/pkg/evidence/experiments"
	"lossland/pkg/lesson/session"
	"lossland/pkg/xla"
)

// evidenceCommand measures the claims of the plan and writes the table.
type evidenceCommand struct {
	Scale string `help:"quick: minutes. full: an hour, resumed." enum:"quick,full" default:"quick"`

	Only  []string `help:"Measure only these rows, such as F1,W2; the table still holds all."`
	Root  string   `help:"The project's folder." env:"LOSSLAND_ROOT" default:"." type:"existingdir"`
	Out   string   `help:"For claims.json and data/. Default: evidence/; quick: build/evidence/."`
	Table bool     `help:"Measure nothing: make the table anew from the data that are there."`
}

// Run measures, prints a line for each row, and says where the table is.
func (e *evidenceCommand) Run(ctx context.Context) error {
	folder := e.Out
	if folder == "" {
		folder = filepath.Join(e.Root, "build", "evidence")
		if e.Scale == string(session.Full) {
			folder = filepath.Join(e.Root, "evidence")
		}
	}
	cfg := experiments.Config{
		Scale: session.Scale(e.Scale), Plan: filepath.Join(e.Root, "evidence", "plan.md"),
		Folder: folder, Only: e.Only,
		Command: experiments.Command(session.Scale(e.Scale)),
		Say:     func(line string) { fmt.Println(line) },
	}
	claims, err := e.claims(ctx, cfg)
	if err != nil {
		return err
	}
	printClaims(os.Stdout, claims)
	fmt.Printf("Table: %s\n", filepath.Join(folder, "claims.json"))
	return nil
}

func (e *evidenceCommand) claims(
	ctx context.Context, cfg experiments.Config) ([]evidence.Claim, error) {
	if e.Table {
		plan, err := experiments.ReadPlan(cfg.Plan)
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
		return nil, errors.New("the evidence needs XLA (the pure-Go backend lacks DynamicSlice): " +
			"run `make setup`, then `lossland doctor`")
	}
	if cfg.Backend = backend; cfg.Say != nil {
		cfg.Say("Backend: " + choice.String())
	}
	session.Output = io.Discard // a line for each of some thousand units is too much
	machine := experiments.DescribeMachine(choice.String(), e.Scale, e.Only, commit(ctx, e.Root))
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

// printClaims writes one line a row.
func printClaims(out io.Writer, claims []evidence.Claim) {
	counts := map[evidence.Verdict]int{}
	for _, c := range claims {
		counts[c.Verdict]++
		fmt.Fprintf(out, "%-3s %-17s %10.4g [%.4g, %.4g] n=%-3d %-17s %s\n", c.ID, c.Verdict,
			c.Effect, c.Low, c.High, c.N, c.Threshold, c.Claim)
	}
	fmt.Fprintf(out, "%d rows: %d supported, %d mixed, %d not at this scale\n", len(claims),
		counts[evidence.Supported], counts[evidence.Mixed], counts[evidence.NotAtThisScale])
}
