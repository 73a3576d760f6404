// Package onnx opens a trained network that is in an ONNX file, as PyTorch's exporters write it,
// for package landscape to measure.
//
//	m, err := onnx.Open("model.onnx", onnx.Config{})
//	crossEntropy, err := losses.ByName("cross-entropy", losses.Config{})
//	problem, err := m.Problem(backend, crossEntropy, data, nil)
//
// Inputs and Outputs say what the model takes and gives, Weights which of the file's initializers
// are θ and why, Constants which aren't, and Notes what else was found in the file that changes
// what its landscape means. Save writes the model with other weights, such as those after a step
// along a direction or after training on with package sam, as ONNX again. Checkpoint opens a
// GoMLX checkpoint by the same door.
//
// The graph is built by github.com/gomlx/onnx-gomlx. Where that refuses or misreads what
// PyTorch writes, or knows no such operation, the graph is written anew first, in operations that
// it reads (rewrite.go; the faults are in docs/upstream.md). Opsets 13 to 23 are read, with
// external data, which may only be in the folder of the file and below it. What can't be read is
// refused by operation, node and remedy ([Unsupported]): graphs inside of nodes (If, Loop, Scan),
// functions, quantised and custom operators, sequences; and each attribute, input and output of an
// operation that isn't read, by its name: nothing of a node is passed over (attributes.go).
//
// # What is a weight
//
// A file doesn't say which of its initializers were trained. This is the rule:
//
//   - An initializer is a weight if it is of floats, the outputs depend on it, and it goes, at once
//     or transposed, reshaped, cut or repeated, into a place where weights go: the kernel or bias
//     of a convolution, a factor of a matrix product (whatever its name: exporters name transposed
//     weights anew), the table of an embedding, the weights and biases of an LSTM, GRU or RNN, the
//     scale or bias of a normalisation, the slope of a PReLU.
//   - What is added to activations, multiplies them, is joined with them or put in their place is
//     a weight if it has more than one value: biases, positions, scales of layers, class tokens.
//     One value alone is a constant: √d, ε, a temperature. A vector of one value that is added to
//     a product or convolution is a bias.
//   - Values that are infinite, or are zeros and one number of at most −1000, are a mask, not a
//     weight.
//   - BatchNorm's mean and variance are no weights but statistics, held constant as in use.
//   - Where the file says what PyTorch knew (exporter with dynamo=True), buffers are constants,
//     and a single value that is a parameter is a weight.
//   - Config.Hold and Config.Train have the last word, by name.
//
// A matrix that is an embedding's table transposed, bit by bit, is tied to it: one weight, written
// to both on Save. Initializers that the older exporter merged because their values were equal, as
// those of an untrained network are, are weights of their own again; the newer one leaves no trace
// of what it merges.
//
// # What an exported model means
//
// A file that was exported as usual computes what the model computes in use: dropout is gone, and
// BatchNorm has the averages of its training, also at other weights. A BatchNorm behind a
// convolution is usually not there at all: exporters fold it into the kernel. That is the same
// function of the inputs, but another of the weights: the scale of the kernels is another, and with
// it every curvature, and scale and shift are no weights any more. Notes says where this is seen;
// docs/from-pytorch.md shows the export that keeps it. A model that was exported in training mode
// is refused.
//
// Files of 16-bit floats are computed in float32: the weights are exactly those of the file, and
// Save rounds them to its dtype.
//
// # Hostile files
//
// A file of n bytes takes memory of n for itself, n for the values of its weights and about 1,000
// bytes for each node, attribute and tensor, of which it may have 2²⁰ together. What a file claims
// of sizes is compared with its bytes before memory is taken.
//
// # Files
//
//	model.go                Open, Model and Problem
//	checkpoint.go           Checkpoint
//	network.go              from weights and graph to a model function; what fails, by node
//	weights.go              the rule of what is a weight; what is tied
//	fold.go                 BatchNorm that was folded
//	save.go                 Save
//	beside.go               external data that Save made: names, owners, what is left of it
//	compare.go              Compare: in what two models differ
//	rewrite.go              what the importer doesn't read, written in what it reads
//	rewrite_ops.go          which operations are written anew; those of no kind below
//	rewrite_elementwise.go  activations, and reductions to sums
//	rewrite_window.go       convolutions and pools
//	rewrite_norm.go         normalisations
//	rewrite_attention.go    attention
//	rewrite_loss.go         cross-entropy inside of a file
//	rewrite_shape.go        Reshape, Shape, and what claims a size
//	rewrite_place.go        what moves values: Slice backwards, Pad, ArgMax of the last
//	rewrite_resize.go       Resize
//	rewrite_recurrent.go    LSTM, GRU and RNN
//	attributes.go           which attributes, inputs and outputs are read; others are refused
//	known.go                integers that the file fixes: shapes, paddings, places
//	sizes.go                which integers are sizes of axes, where none is fixed
//	shapes.go               shapes, as far as the file says them or they follow
//	graph.go                nodes, attributes and uses; graphs that are none
//	tensor.go               values, their dtypes and where they are
//	folder.go               what a model may read
//	proto.go                ONNX's messages
//	wire.go                 protobuf's encoding
package onnx
