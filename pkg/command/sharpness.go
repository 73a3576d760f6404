package command

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"lossland/pkg/landscape"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// sharpnessCommand measures sharpness by several definitions.
type sharpnessCommand struct {
	flags
	Out      string   `short:"o" placeholder:"FILE" help:"${json_out}"`
	Measures []string `placeholder:"NAME,…" help:"${measures}"`
}

var _ task = (*sharpnessCommand)(nil)

// measures are the definitions by their names on the command line, in the order of the help.
var measures = []struct {
	name string
	of   func(seed uint64) landscape.Measure
}{
	{"gaussian", func(seed uint64) landscape.Measure { return landscape.Gaussian{Seed: seed} }},
	{"adaptive-gaussian", func(seed uint64) landscape.Measure {
		return landscape.Gaussian{Seed: seed, Adaptive: true}
	}},
	{"worst-case", func(seed uint64) landscape.Measure { return landscape.WorstCase{Seed: seed} }},
	{"adaptive-worst-case", func(seed uint64) landscape.Measure {
		return landscape.WorstCase{Seed: seed, Adaptive: true}
	}},
	{"m-sharpness", func(seed uint64) landscape.Measure {
		return landscape.MSharpness{Seed: seed}
	}},
	{"first-order", func(uint64) landscape.Measure { return landscape.FirstOrder{} }},
	{"keskar", func(seed uint64) landscape.Measure { return landscape.Keskar{Seed: seed} }},
	{"pac-bayes", func(seed uint64) landscape.Measure { return landscape.PACBayes{Seed: seed} }},
	{"fisher-rao", func(uint64) landscape.Measure { return landscape.FisherRao{} }},
	{"lambda-max", func(seed uint64) landscape.Measure { return landscape.LambdaMax{Seed: seed} }},
	{"trace", func(seed uint64) landscape.Measure { return landscape.Trace{Seed: seed} }},
}

func measureNames() string {
	var names []string
	for _, m := range measures {
		names = append(names, m.name)
	}
	return strings.Join(names, ", ")
}

func (c *sharpnessCommand) check(s *session) error {
	if _, err := c.asked(); err != nil {
		return err
	}
	return s.claimJSON(c.Out)
}

// asked are the measures that were named.
func (c *sharpnessCommand) asked() (all []landscape.Measure, err error) {
	if len(c.Measures) == 0 {
		return landscape.StandardMeasures(c.Seed), nil
	}
	for _, name := range c.Measures {
		i := slices.IndexFunc(measures, func(m struct {
			name string
			of   func(seed uint64) landscape.Measure
		}) bool {
			return m.name == name
		})
		if i < 0 {
			return nil, fmt.Errorf("--measures %s: there is none of that name; there are %s%s",
				name, measureNames(), DidYouMean(name, strings.Split(measureNames(), ", ")))
		}
		all = append(all, measures[i].of(c.Seed))
	}
	return all, nil
}

// sharpnessResult is a measured sharpness in JSON.
type sharpnessResult struct {
	Measure     string `json:"measure"`
	Definition  string `json:"definition"`
	Invariant   bool   `json:"invariant_to_rescaling"`
	Value       number `json:"value"`
	Uncertainty number `json:"uncertainty"`
	Kind        string `json:"uncertainty_kind"`
	N           int    `json:"n"`
	Status      string `json:"status"`
	MadeBy      string `json:"products_made_by,omitempty"`
	Work        number `json:"work_in_gradients"`
}

func (c *sharpnessCommand) measure(s *session, subject *Subject) error {
	here, err := subject.Problem.Here()
	if err != nil {
		return err
	}
	defer here.Close()
	asked, err := c.asked()
	if err != nil {
		return err
	}
	panel, err := here.Sharpness(s.showing(s.ctx, "sharpness"), asked...)
	if err != nil && s.ctx.Err() != nil && len(panel) > 0 {
		return &stopped{fmt.Sprintf("sharpness: %d of %d measures were made (--measures names "+
			"single ones):\n%s", len(panel), len(asked), describeSharpness(panel))}
	}
	if err != nil {
		return err
	}
	var all []sharpnessResult
	for _, m := range panel {
		all = append(all, sharpnessOf(m))
	}
	return s.give(c.Out, struct {
		Loss     number            `json:"loss"`
		Measures []sharpnessResult `json:"measures"`
	}{number(panel[0].Base), all}, describeSharpness(panel))
}

func describeSharpness(panel landscape.Panel) string {
	var text strings.Builder
	fmt.Fprintf(&text, "loss: %.6g\n", panel[0].Base)
	for _, m := range panel {
		r := sharpnessOf(m)
		fmt.Fprintf(&text, "%-28s %s", r.Measure, m.Reading)
		if m.Status != result.NotTerminated && m.Status != result.Converged {
			fmt.Fprintf(&text, " (%s)", m.Status)
		}
		if r.Invariant {
			text.WriteString(" *")
		}
		text.WriteString("\n")
	}
	text.WriteString("* stays the same when a ReLU network's weights are rescaled and its " +
		"function is not\n")
	text.WriteString(cost(panel.Cost()))
	return text.String()
}

func sharpnessOf(m landscape.Sharpness) sharpnessResult {
	definition, invariant := landscape.About(m.Measure)
	r := sharpnessResult{Measure: m.Measure.String(), Definition: definition, Invariant: invariant,
		Value: number(m.Value), Uncertainty: number(m.Uncertainty.Value),
		Kind: m.Uncertainty.Kind.String(), N: m.Uncertainty.N, Status: m.Status.String(),
		Work: number(m.Cost.Work)}
	if m.Uncertainty.Kind == result.NoUncertainty {
		r.Uncertainty = number(math.NaN())
	}
	if m.Method != spectrum.Unstated {
		r.MadeBy = m.Method.String()
	}
	return r
}
