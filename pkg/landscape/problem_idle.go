package landscape

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"lossland/pkg/transform"
)

// findWeights tells the trainable variables that the loss reads from the idle ones.
func (p *Problem) findWeights(t *traced) error {
	reached := transform.Reached(t.loss)
	var read []*model.Variable
	p.idle = nil
	for v := range p.store.IterVariables() {
		switch dtype := v.DType(); {
		case !v.Trainable || !dtype.IsFloat() && !dtype.IsComplex():
		case v.InUseByGraph(t.graph) && reached[v.NodeValue(t.graph)]:
			read = append(read, v)
		default:
			p.idle = append(p.idle, v.Path())
		}
	}
	slices.Sort(p.idle)
	if p.params = newParams(read); p.params.Len() > 0 {
		return nil
	}
	if len(p.idle) > 0 {
		return fmt.Errorf("%w; it doesn't depend on %s", ErrNoWeights, strings.Join(p.idle, ", "))
	}
	return ErrNoWeights
}

// Idle returns the sorted paths of the store's trainable float variables that aren't in θ because
// the loss doesn't read them: a head that only another loss uses, say, or what another model left
// in the store. Records name them as "idle weights".
func (p *Problem) Idle() []string { return slices.Clone(p.idle) }
