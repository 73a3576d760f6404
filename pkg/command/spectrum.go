package command

import (
	"fmt"
	"path/filepath"
	"strings"

	"lossland/pkg/figures"
	"lossland/pkg/landscape"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
	"lossland/pkg/viz"
)

// spectrumCommand measures the Hessian's spectrum.
type spectrumCommand struct {
	flags
	Out       []string `short:"o" sep:"none" placeholder:"FILE" help:"${spectrum_out}"`
	Top       int      `default:"10" help:"${spectrum_top}"`
	Ends      bool     `help:"As many of the smallest eigenvalues, too."`
	Probes    int      `default:"8" help:"${spectrum_probes}"`
	Steps     int      `default:"80" help:"Products with the Hessian for each of them."`
	GaussNewt bool     `name:"gauss-newton" help:"${spectrum_gaussnewt}"`
}

var _ task = (*spectrumCommand)(nil)

func (c *spectrumCommand) check(s *session) error {
	if len(c.Out) == 0 {
		c.Out = []string{"spectrum.svg", "spectrum.npz"}
	}
	for _, err := range []error{atLeast("top", c.Top, 1), atLeast("probes", c.Probes, 0),
		atLeast("steps", c.Steps, 2)} {
		if err != nil {
			return err
		}
	}
	return s.claim(c.Out, ".svg", ".html", ".npz", ".csv")
}

// measured is a spectrum as files hold it.
type measured struct {
	pairs   *spectrum.Eigenpairs
	density *spectrum.Density // nil: none.
	record  landscape.Record
}

func (c *spectrumCommand) measure(s *session, subject *Subject) error {
	p := subject.Problem
	here, err := p.Here()
	if err != nil {
		return err
	}
	defer here.Close()
	m := &measured{}
	if m.record, err = p.Record(s.ctx, "Spectrum", c.config()); err != nil {
		return err
	}
	make := here.Hessian
	if c.GaussNewt {
		make = here.GaussNewton
	}
	h, err := make(s.ctx, landscape.HessianConfig{})
	if err != nil {
		return err
	}
	defer h.Close()
	which := spectrum.Largest
	if c.Ends {
		which = spectrum.BothEnds
	}
	m.pairs, err = spectrum.Lanczos(s.showing(s.ctx, "eigenvalues"), h, c.Top, which,
		spectrum.LanczosConfig{Seed: c.Seed})
	if err != nil && s.ctx.Err() != nil && m.pairs != nil {
		return &stopped{"spectrum: no file was written, and the search was not finished; the " +
			"eigenvalues so far:\n" + describeSpectrum(m)}
	}
	if err == nil && c.Probes > 0 {
		m.density, err = spectrum.NewDensity(s.showing(s.ctx, "density"), h,
			spectrum.DensityConfig{Probes: c.Probes, Steps: c.Steps, Seed: c.Seed})
		if err != nil && s.ctx.Err() != nil {
			has := "the eigenvalues"
			if m.density != nil {
				has = fmt.Sprintf("the eigenvalues, and the density of %d of %d probes",
					len(m.density.Probes), c.Probes)
			}
			return &stopped{"spectrum: no file was written, and the density was not finished " +
				"(--probes 0 leaves it out); " + has + ":\n" + describeSpectrum(m)}
		}
	}
	if err != nil {
		return err
	}
	for _, path := range c.Out {
		if err := s.place(path, m.save); err != nil {
			return err
		}
	}
	s.say("wrote %s", strings.Join(c.Out, ", "))
	return s.print(spectrumOf(m), describeSpectrum(m))
}

// config is what the record says of the command.
func (c *spectrumCommand) config() map[string]string {
	matrix := "Hessian"
	if c.GaussNewt {
		matrix = "Gauss–Newton"
	}
	return map[string]string{"matrix": matrix, "seed": fmt.Sprint(c.Seed)}
}

// save writes the spectrum as its file's kind says.
func (m *measured) save(path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".svg", ".html":
		return viz.Save(path, figures.Spectrum(m.density, m.pairs))
	case ".csv":
		return m.writeCSV(path)
	}
	return m.writeNPZ(path)
}

// spectrumResult is a spectrum in JSON.
type spectrumResult struct {
	Dim         int              `json:"dim"`
	Eigenvalues []number         `json:"eigenvalues"`
	Residuals   []number         `json:"residuals"`
	Status      string           `json:"status"`
	MadeBy      string           `json:"products_made_by"`
	Density     *densityResult   `json:"density,omitempty"`
	Work        number           `json:"work_in_gradients"`
	Record      landscape.Record `json:"record"`
}

type densityResult struct {
	Trace         estimate `json:"trace"`
	Frobenius     estimate `json:"frobenius_norm"`
	EffectiveRank number   `json:"effective_rank"`
	Negative      estimate `json:"share_negative"`
	Probes        int      `json:"probes"`
}

func spectrumOf(m *measured) spectrumResult {
	r := spectrumResult{Dim: m.pairs.Dim, Eigenvalues: numbers(m.pairs.Values),
		Residuals: numbers(m.pairs.Residuals), Status: m.pairs.Status.String(),
		MadeBy: m.pairs.Method.String(), Work: number(m.cost().Work), Record: m.record}
	if d := m.density; d != nil {
		r.Density = &densityResult{estimateOf(d.Trace()), estimateOf(d.Frobenius()),
			number(d.EffectiveRank()), estimateOf(d.Index(m.pairs.Tolerance)), len(d.Probes)}
	}
	return r
}

func (m *measured) cost() result.Cost {
	sum := m.pairs.Cost
	if m.density != nil {
		sum = sum.Plus(m.density.Cost)
	}
	return sum
}

func describeSpectrum(m *measured) string {
	var b strings.Builder
	fmt.Fprintf(&b, "spectrum: %s\n", m.pairs)
	for i := len(m.pairs.Values) - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "  %12.6g ± %.1g\n", m.pairs.Values[i], m.pairs.Residuals[i])
	}
	if d := m.density; d != nil {
		fmt.Fprintf(&b, "trace %s; Frobenius norm %s; effective rank %.3g\n",
			plusMinus(d.Trace()), plusMinus(d.Frobenius()), d.EffectiveRank())
		fmt.Fprintf(&b, "share of eigenvalues below zero: %s\n",
			plusMinus(d.Index(m.pairs.Tolerance)))
	}
	b.WriteString(cost(m.cost()))
	return b.String()
}
