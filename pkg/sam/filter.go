package sam

import (
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
)

// Filter accepts or leaves out a trainable variable.
type Filter func(v *model.Variable) bool

// normScopes are the scopes in which GoMLX's normalisation layers keep their variables.
var normScopes = []string{"batch_normalization", "layer_normalization", "rms_norm", "dynamic_tanh"}

// WeightsOnly accepts kernels and embeddings, that is, variables of at least two axes that no
// normalisation layer owns. It leaves out biases, and the scales and offsets of normalisation
// layers.
func WeightsOnly(v *model.Variable) bool { return v.Shape().Rank() >= 2 && !NormsOnly(v) }

// NormsOnly accepts the scales and offsets of GoMLX's normalisation layers: perturbing those alone
// often does as well (Mueller, Vlaar, Rolnick and Hein, NeurIPS 2023).
func NormsOnly(v *model.Variable) bool {
	return slices.ContainsFunc(strings.Split(v.Scope(), model.ScopeSeparator), isNormScope)
}

func isNormScope(name string) bool { return slices.Contains(normScopes, name) }

// accepts is the filter's answer; a missing filter accepts all.
func (f Filter) accepts(v *model.Variable) bool { return f == nil || f(v) }
