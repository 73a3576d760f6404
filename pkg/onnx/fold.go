package onnx

import "strings"

// folded notes what is seen of BatchNorm that the exporter has folded into the convolution before
// it: it scaled the kernel and put the rest into the bias. The function is the same, and every
// curvature another one, since there are fewer weights and they are scaled.
//
// PyTorch's exporter with dynamo=True says so at the node ("FuseBatchNormIntoConv"). The older one
// renames what it has computed ("onnx::Conv_27") and keeps the names of everything else. Nothing is
// seen where both are gone, as after another program's optimisation.
func folded(m *Model, p *modelProto) {
	var nodes []string
	for _, n := range p.graph.nodes {
		computed := n.op == "Conv" && p.producer == "pytorch" &&
			strings.HasPrefix(n.input(1), "onnx::Conv_")
		if strings.Contains(n.rules, "FuseBatchNorm") || computed {
			nodes = append(nodes, n.name)
		}
	}
	if len(nodes) > 0 {
		m.note("a BatchNorm is folded into each of %s: the function is the same, but not the "+
			"curvature, which changes with the scale of the kernels; export with "+
			"training=TrainingMode.PRESERVE and dynamo=False (or dynamo=True and optimize=False) "+
			"to keep it", list(nodes))
	}
}
