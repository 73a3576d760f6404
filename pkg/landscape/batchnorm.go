package landscape

import (
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/model"
)

// BatchNorm is a contract: it says which statistics normalise the activations when the loss is
// measured away from the trained weights.
type BatchNorm int

const (
	// BatchNormAsMode follows the problem's Mode: frozen in Inference, batch in Training. The
	// default.
	BatchNormAsMode BatchNorm = iota
	// BatchNormFrozen takes the moving averages of the store, the same at every point. They were
	// collected at the trained weights; far from them they no longer fit the activations.
	BatchNormFrozen
	// BatchNormBatch takes the statistics of each batch at each point, as in training. The value
	// depends on the batch size. A model with dropout is refused (ErrRandom).
	BatchNormBatch
	// BatchNormReestimated estimates the statistics anew at each point, and then measures the loss
	// in inference mode. The statistics are the mean over batches of each batch's mean and variance
	// (Izmailov et al. 2018, "Averaging Weights", bn_update). As in training, dropout is on while
	// they are estimated. Its mask is the same at every point, and for all batches of one size.
	// Cost: a second forward pass.
	BatchNormReestimated
)

// String names the contract: "as the mode", "frozen", "batch" or "re-estimated".
func (b BatchNorm) String() string {
	names := [...]string{"as the mode", "frozen", "batch", "re-estimated"}
	if b < 0 || int(b) >= len(names) {
		return fmt.Sprintf("BatchNorm(%d)", int(b))
	}
	return names[b]
}

// withBatchNorm returns the problem in the mode that the contract asks for.
func (p *Problem) withBatchNorm(contract BatchNorm) (*Problem, error) {
	mode := p.cfg.Mode
	switch contract {
	case BatchNormAsMode:
	case BatchNormFrozen, BatchNormReestimated:
		mode = Inference
	case BatchNormBatch:
		mode = Training
	default:
		return nil, bad("Surface", "SurfaceConfig.BatchNorm", int(contract),
			"BatchNormAsMode, BatchNormFrozen, BatchNormBatch or BatchNormReestimated")
	}
	if mode == p.cfg.Mode {
		return p, nil
	}
	q := *p
	q.cfg.Mode = mode
	return &q, q.discover()
}

// isBatchNormState reports whether a variable is one of a BatchNorm layer's moving averages.
func isBatchNormState(path string) bool {
	scope, name := model.SplitPath(path)
	return strings.HasSuffix(scope, "/"+norm.BatchNormalizationScopeName) &&
		(name == "mean" || name == "variance" || name == "avg_weight")
}
