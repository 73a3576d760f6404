package command

import (
	"errors"
	"fmt"
	"strings"

	"lossland/internal/atomicfile"
	"lossland/pkg/landscape"
	"lossland/pkg/report"
)

// reportCommand writes one page with everything.
type reportCommand struct {
	flags
	Out        string `short:"o" default:"report.html" placeholder:"FILE" help:"${report_out}"`
	Title      string `help:"The page's heading."`
	Resolution int    `default:"31" help:"Points along each axis of the surface."`
	Range      extent `default:"1" placeholder:"R" help:"${surface_range}"`
	Planes     int    `default:"20" help:"Random planes that say whether the surface is typical."`
	BatchNorm  string `name:"batch-norm" enum:"${contracts}" default:"as-mode" help:"${bn}"`
}

var _ task = (*reportCommand)(nil)

func (c *reportCommand) check(s *session) error {
	if err := errors.Join(between("resolution", c.Resolution, 2, 10_000),
		between("planes", c.Planes, 3, 10_000)); err != nil {
		return err
	}
	return s.claim([]string{c.Out}, ".html")
}

func (c *reportCommand) measure(s *session, subject *Subject) error {
	if err := c.settle(s, subject.Problem); err != nil {
		return err
	}
	ctx := s.showing(s.ctx, "report")
	cfg := report.Config{Title: c.Title, Model: subject.Model, Data: subject.Data,
		Loss: subject.Loss, Notes: subject.Notes, Seed: c.Seed, Resolution: c.Resolution,
		Range: c.Range.value, Planes: c.Planes, BatchNorm: contracts[c.BatchNorm],
		Commands: []string{s.program.Name + " " + quoted(s.args)},
		Part:     func(name string) { s.progress.rename("report, " + name) }}
	measured, err := report.Measure(ctx, subject.Problem, cfg)
	if err != nil {
		return err
	}
	if err := s.place(c.Out, func(path string) error {
		return atomicfile.WriteTo(path, measured.WriteHTML)
	}); err != nil {
		return err
	}
	return s.print(reportOf(measured, c.Out), describeReport(measured, c.Out))
}

// settle replaces auto by a number.
func (c *reportCommand) settle(s *session, p *landscape.Problem) error {
	plane, err := p.RandomPlane(c.Seed)
	if err == nil {
		plane, err = p.NormalizedPlane(s.ctx, plane, landscape.NormalizeConfig{})
	}
	if err != nil {
		return err
	}
	return c.Range.settle(s, p, plane.Origin, plane.D1, plane.D2)
}

// reportResult is what was measured of a report, in JSON.
type reportResult struct {
	File  string       `json:"file"`
	Parts []partResult `json:"parts"`
}

type partResult struct {
	Name    string `json:"part"`
	Seconds number `json:"seconds"`
	Refused string `json:"refused,omitempty"`
}

func reportOf(r *report.Report, file string) reportResult {
	out := reportResult{File: file}
	for _, p := range r.Parts {
		part := partResult{Name: p.Name, Seconds: number(p.Seconds)}
		if p.Err != nil {
			part.Refused = plain(p.Err)
		}
		out.Parts = append(out.Parts, part)
	}
	return out
}

func describeReport(r *report.Report, file string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "report: %s\n", file)
	for _, p := range r.Parts {
		if p.Err != nil {
			fmt.Fprintf(&b, "refused: %s: %s\n", p.Name, plain(p.Err))
		}
	}
	return b.String()
}

// quoted are words as a shell reads them back.
func quoted(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w
		if w == "" || strings.ContainsAny(w, " \t\n'\"\\$`&|;<>()*?[]{}#~!") {
			out[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(out, " ")
}
