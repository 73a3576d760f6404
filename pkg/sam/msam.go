package sam

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"

	"lossland/pkg/transform"
)

// MSAM is m-SAM on one device (Foret et al., section 4.1): the batch is cut into groups of m
// consecutive examples (the last may be smaller), each group climbs on its own, and the groups'
// gradients are averaged by their size. With m the batch size it is SAM. Default 0: the whole
// batch.
//
// The losses of single examples are read back from the mean (transform.ReadQuotient); a loss that
// isn't a mean over examples is refused. Regularisers count in each group. BatchNorm's batch
// statistics are those of the whole batch, whereas m-SAM on several devices would use those of each
// group.
//
// Cost: B/m times SAM, for batches of B examples. Each group costs two passes over the whole batch,
// because a compiled graph can't leave examples out. To pay for only two passes in all, feed
// batches of m examples to train.Trainer.AccumulateGradients and wrap the loss with
// [Optimizer.Loss].
func (c *Config) MSAM(m int) *Config {
	c.chosen("the groups", "MSAM", "")
	c.m = m
	return c
}

// group is a part of the batch that climbs on its own.
type group struct {
	loss  *graph.Node
	share float64 // of the batch; the shares add up to 1.
}

// groups cuts the loss into those of m-SAM's groups.
func (o *Optimizer) groups(loss *graph.Node) []group {
	m := o.c.m
	if m == 0 {
		return []group{{loss, 1}}
	}
	data, regularizer := dataLoss(loss)
	if data == nil {
		data = loss
	}
	n := batchSize(data)
	examples := transform.FollowExamples([]*graph.Node{data}, sources(data.Graph()), n)
	q, err := transform.ReadQuotient(data, nil, examples)
	if err == nil && q.Mean == nil {
		err = errors.New("it is divided by what depends on the batch")
	}
	if err != nil {
		panic(fmt.Errorf("sam: MSAM(%d) needs a loss that is a mean over the batch's examples, "+
			"and %s isn't one: %w", m, data, err))
	}
	terms := q.Mean
	if m > n {
		panic(fmt.Errorf("sam: MSAM(%d), but the batch has %d examples", m, n))
	}
	var groups []group
	for start := 0; start < n; start += m {
		end := min(start+m, n)
		mean := graph.ReduceAllMean(graph.Slice(terms, graph.AxisRange(start, end)))
		groups = append(groups, group{plus(mean, regularizer), float64(end-start) / float64(n)})
	}
	return groups
}

// sources are the parameters of a graph that aren't variables: inputs and labels.
func sources(g *graph.Graph) (nodes []*graph.Node) {
	if l, found := loopOf(g); found {
		return l.batch
	}
	for i := range g.NumParameters() {
		n := g.GetParameterByHandle(graph.ParameterHandle(i))
		if !strings.HasPrefix(n.GetParameterName(), model.ScopeSeparator) {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// dataLoss takes a trainer's total loss apart; nil if it isn't one.
func dataLoss(loss *graph.Node) (data, regularizer *graph.Node) {
	g := loss.Graph()
	data, regularizer = train.GetMainLoss(g), train.GetRegularizationLoss(g)
	if data == nil || loss == data {
		return data, nil
	}
	in := loss.Inputs()
	if loss.Type() == graph.NodeTypeAdd && in[0] == data && in[1] == regularizer {
		return data, regularizer
	}
	return nil, nil
}

// batchSize is the first dimension of the first sum below a scalar loss: the number of examples
// that it is the mean of.
func batchSize(loss *graph.Node) int {
	for n := loss; n.IsScalar() && len(n.Inputs()) > 0; {
		if in := n.Inputs()[0]; n.Type() == graph.NodeTypeReduceSum && in.Rank() > 0 {
			return in.Shape().Dimensions[0]
		}
		n = scalarInput(n)
		if n == nil {
			break
		}
	}
	return 0
}

// scalarInput is the input of n that leads on to the sum: the first that isn't a constant.
func scalarInput(n *graph.Node) *graph.Node {
	for _, in := range n.Inputs() {
		if in.Type() != graph.NodeTypeConstant {
			return in
		}
	}
	return nil
}

// average is the groups' mean, weighted by their shares.
func average(groups []group, gradients []Vector) Vector {
	if len(groups) == 1 {
		return gradients[0]
	}
	out := make(Vector, len(gradients[0]))
	for i := range out {
		for j, group := range groups {
			out[i] = addScaled(out[i], gradients[j][i], group.share)
		}
	}
	return out
}
