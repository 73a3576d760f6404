package command

import (
	"fmt"

	"lossland/pkg/landscape"
)

// classifyCommand says what kind of point the weights are.
type classifyCommand struct {
	flags
	Out string `short:"o" placeholder:"FILE" help:"${json_out}"`
}

var _ task = (*classifyCommand)(nil)

func (c *classifyCommand) check(s *session) error { return s.claimJSON(c.Out) }

func (c *classifyCommand) measure(s *session, subject *Subject) error {
	here, err := subject.Problem.Here()
	if err != nil {
		return err
	}
	defer here.Close()
	k, err := here.Classify(s.showing(s.ctx, "classify"), landscape.ClassifyConfig{Seed: c.Seed})
	if err != nil {
		return err
	}
	value := struct {
		Verdict         string   `json:"verdict"`
		Why             string   `json:"why"`
		Loss            number   `json:"loss"`
		GradientNorm    number   `json:"gradient_norm"`
		GradientTol     number   `json:"gradient_tolerance"`
		Lowest          number   `json:"lowest_eigenvalue"`
		LowestResidual  number   `json:"lowest_residual"`
		Highest         number   `json:"highest_eigenvalue"`
		HighestResidual number   `json:"highest_residual"`
		EigenTol        number   `json:"eigenvalue_tolerance"`
		Index           estimate `json:"share_negative"`
		Zero            estimate `json:"share_zero"`
		Status          string   `json:"status"`
		MadeBy          string   `json:"products_made_by"`
		Work            number   `json:"work_in_gradients"`
	}{k.Verdict.String(), k.Why, number(k.Loss), number(k.GradientNorm), number(k.GradientTol),
		number(k.Lowest), number(k.LowestResidual), number(k.Highest), number(k.HighestResidual),
		number(k.EigenTol), estimateOf(k.Index), estimateOf(k.Zero), k.Status.String(),
		k.Method.String(), number(k.Cost.Work)}
	text := fmt.Sprintf("%s: %s\nloss %.6g, gradient norm %.3g (zero up to %.3g)\n"+
		"eigenvalues from %.4g to %.4g; share below zero %s, zero %s\n%s", k.Verdict, k.Why,
		k.Loss, k.GradientNorm, k.GradientTol, k.Lowest, k.Highest, plusMinus(k.Index),
		plusMinus(k.Zero), cost(k.Cost))
	return s.give(c.Out, value, text)
}
