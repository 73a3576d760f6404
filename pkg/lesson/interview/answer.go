package interview

import "lossland/pkg/evidence"

// Sentence is a half-sentence of the interview answer, with the rows of the evidence table behind
// it.
type Sentence struct {
	Text string
	Rows []string
}

// AnswerThirty is the interview answer in thirty seconds.
const AnswerThirty = "The loss is a surface over weight space, in as many dimensions as there " +
	"are weights. Most critical points found there are saddles, and descent leaves them; " +
	"plateaus slow it. The minima reached have similar losses. They differ in sharpness: at one " +
	"rate small batches lead to flatter ones, and at equal epochs SAM, for twice the passes. " +
	"Flatter often, not always, generalises better. Sharpness depends on the " +
	"parametrisation, so by itself it explains nothing."

// Answer is the interview answer in two minutes, half-sentence by half-sentence.
var Answer = []Sentence{
	{
		Text: "The loss landscape is the loss as a surface over weight space: fix the data, and " +
			"every setting of the weights has one height,",
		Rows: []string{"A1"},
	},
	{
		Text: "in as many dimensions as there are weights, of which a picture shows two.",
		Rows: []string{"X6"},
	},
	{
		Text: "At a local minimum no eigenvalue of the Hessian may be negative, which in so " +
			"many dimensions is unlikely, so the argument goes; what was found are saddles,",
		Rows: []string{"F2", "F3", "W1"},
	},
	{
		Text: "and descent rarely gets stuck for good,",
		Rows: []string{"A2"},
	},
	{
		Text: "although in networks of a few units it does;",
		Rows: []string{"X5"},
	},
	{
		Text: "noise takes it off a saddle in fewer steps.",
		Rows: []string{"W4"},
	},
	{
		Text: "Plateaus slow training down, and momentum gets out of them, here only by taking " +
			"larger steps.",
		Rows: []string{"F4", "A3"},
	},
	{
		Text: "The minima that different seeds reach differ little in loss,",
		Rows: []string{"W2"},
	},
	{
		Text: "with more weights than data there are very many of them, even for labels that " +
			"mean nothing,",
		Rows: []string{"W3"},
	},
	{
		Text: "and curved paths of low loss join them, so there is hardly a better valley to " +
			"escape to.",
		Rows: []string{"X2"},
	},
	{
		Text: "What is said to matter in practice is whether a minimum is sharp or flat: how " +
			"much the loss rises when the weights, or the data, move a little.",
		Rows: []string{"A4", "F5", "F6"},
	},
	{
		Text: "Compared at one rate, the noise of small batches leads to flatter places,",
		Rows: []string{"T1", "T2", "W5"},
	},
	{
		Text: "one reason offered for why they often generalise better (here in accuracy, not " +
			"in test loss),",
		Rows: []string{"A5"},
	},
	{
		Text: "and the rate itself sets a ceiling, near which training with full batches settles.",
		Rows: []string{"X3"},
	},
	{
		Text: "SAM aims at flatness directly: it steps with the gradient taken at the worst " +
			"point of a small ball, found to first order,",
		Rows: []string{"M2", "T3", "A6"},
	},
	{
		Text: "at the price of two passes a step.",
		Rows: []string{"M1"},
	},
	{
		Text: "At equal epochs it ends flatter; at equal passes, in the one pair tried, about " +
			"as flat.",
		Rows: []string{"T3"},
	},
	{
		Text: "And sharpness depends on how the function is parametrised: rescaling two layers " +
			"changes it and not one prediction, so it is never an explanation by itself.",
		Rows: []string{"X1"},
	},
}

// Unproved lists the half-sentences of the interview answer that lean on no row, or on one that the
// evidence table doesn't have.
func Unproved(claims map[string]evidence.Claim) (sentences []string) {
	for _, s := range Answer {
		lacks := len(s.Rows) == 0
		for _, id := range s.Rows {
			_, ok := claims[id]
			lacks = lacks || !ok
		}
		if lacks {
			sentences = append(sentences, s.Text)
		}
	}
	return sentences
}
