package transform_test

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors/images"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/attention"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"lossland/pkg/transform"
	"lossland/pkg/xla"
)

// TestFilterAxes names the filters of GoMLX's layers, in each layout.
func TestFilterAxes(t *testing.T) {
	type uses map[string]transform.Use
	for name, c := range map[string]struct {
		in    []int
		dtype dtypes.DType
		build func(s *model.Scope, x *Node) *Node
		want  uses
	}{
		"Dense": {[]int{5, 3}, dtypes.Float32,
			func(s *model.Scope, x *Node) *Node { return layers.Dense(s, x, true, 4) },
			uses{"/dense/weights": {NodeTypeDotGeneral, []int{1}},
				"/dense/biases": {NodeTypeAdd, nil}}},
		"Dense, [out, in]": {[]int{5, 3}, dtypes.Float32, func(s *model.Scope, x *Node) *Node {
			return layers.DenseWithLayout(s, x, compute.DenseLayoutOutputsInput, false, 4)
		}, uses{"/dense/weights": {NodeTypeDotGeneral, []int{0}}}},
		"Dense with two output axes": {[]int{5, 7, 3}, dtypes.Float32,
			func(s *model.Scope, x *Node) *Node { return layers.Dense(s, x, false, 4, 2) },
			uses{"/dense/weights": {NodeTypeDotGeneral, []int{1}}}},
		"convolution": {[]int{5, 8, 8, 3}, dtypes.Float32, func(s *model.Scope, x *Node) *Node {
			return layers.Convolution(s, x).Channels(6).KernelSize(3).Done()
		}, uses{"/conv/weights": {NodeTypeConvGeneral, []int{3}},
			"/conv/biases": {NodeTypeAdd, nil}}},
		"convolution, channels first": {[]int{5, 3, 8, 8}, dtypes.Float32,
			func(s *model.Scope, x *Node) *Node {
				return layers.Convolution(s,
					x).ChannelsAxis(images.ChannelsFirst).Channels(6).KernelSize(3).UseBias(
					false).Done()
			}, uses{"/conv/weights": {NodeTypeConvGeneral, []int{0}}}},
		"embedding": {[]int{5, 1}, dtypes.Int32,
			func(s *model.Scope, x *Node) *Node {
				return layers.Embedding(s, x, dtypes.Float32, 11,
					4)
			},
			uses{"/embeddings": {NodeTypeGather, []int{0}}}},
		"BatchNorm": {[]int{5, 3}, dtypes.Float32,
			func(s *model.Scope,
				x *Node) *Node {
				return norm.BatchNorm(s, x,
					-1).UseBackendInference(false).Done()
			},
			uses{"/batch_normalization/scale": {NodeTypeMul, nil},
				"/batch_normalization/offset": {NodeTypeAdd, nil}}},
		"attention": {[]int{5, 7, 8}, dtypes.Float32, func(s *model.Scope, x *Node) *Node {
			return attention.MultiHeadAttention(s, x, x, x, 2, 4).UseProjectionBias(false).Done()
		}, uses{"/MultiHeadAttention/key/dense/weights": {NodeTypeDotGeneral, []int{1}},
			"/MultiHeadAttention/query/dense/weights":  {NodeTypeDotGeneral, []int{1}},
			"/MultiHeadAttention/value/dense/weights":  {NodeTypeDotGeneral, []int{1}},
			"/MultiHeadAttention/output/dense/weights": {NodeTypeDotGeneral, []int{1}}}},
		"kernel of three axes": {[]int{5, 3}, dtypes.Float32, func(s *model.Scope, x *Node) *Node {
			w := s.VariableWithShape("w", shapes.Make(dtypes.Float32, 3, 2, 4)).NodeValue(x.Graph())
			return Dot(x, Transpose(Reshape(w, 3, 8), 0, 1)).General([]int{1}, nil, []int{1}, nil)
		}, uses{"/w": {NodeTypeDotGeneral, []int{1, 2}}}},
		"queries, keys and values in one kernel": {[]int{5, 3}, dtypes.Float32,
			func(s *model.Scope, x *Node) *Node {
				w := s.VariableWithShape("w",
					shapes.Make(dtypes.Float32, 3, 12)).NodeValue(x.Graph())
				q, k := Slice(w, AxisRange(), AxisRange(0, 4)),
					Slice(w, AxisRange(), AxisRange(4, 8))
				return Mul(Dot(x, q).Product(), Dot(x, k).Product())
			}, uses{"/w": {NodeTypeDotGeneral, []int{1}}}},
		"weight normalisation": {[]int{5, 3}, dtypes.Float32, func(s *model.Scope, x *Node) *Node {
			v := s.VariableWithShape("v", shapes.Make(dtypes.Float32, 3, 4)).NodeValue(x.Graph())
			gain := s.VariableWithShape("gain",
				shapes.Make(dtypes.Float32, 1, 4)).NodeValue(x.Graph())
			length := Sqrt(ReduceAndKeep(Square(v), ReduceSum, 0))
			return Dot(x, Mul(gain, Div(v, length))).Product()
		}, uses{"/v": {NodeTypeDotGeneral, []int{1}}, "/gain": {NodeTypeMul, nil}}},
		"a masked convolution": {[]int{5, 8, 8, 3}, dtypes.Float32,
			func(s *model.Scope, x *Node) *Node {
				w := s.VariableWithShape("w", shapes.Make(dtypes.Float32, 3, 3, 3, 6)).NodeValue(
					x.Graph())
				return Convolve(x, Where(GreaterThan(w, ZerosLike(w)), w, ZerosLike(w))).Done()
			}, uses{"/w": {NodeTypeConvGeneral, []int{3}}}},
		"kernels joined, half precision": {[]int{5, 3}, dtypes.Float32,
			func(s *model.Scope, x *Node) *Node {
				a := s.VariableWithShape("a",
					shapes.Make(dtypes.Float32, 3, 2)).NodeValue(x.Graph())
				b := s.VariableWithShape("b",
					shapes.Make(dtypes.Float32, 3, 2)).NodeValue(x.Graph())
				return Dot(ConvertDType(x, dtypes.Float16),
					ConvertDType(Concatenate([]*Node{a, Neg(b)}, 1), dtypes.Float16)).Product()
			}, uses{"/a": {NodeTypeDotGeneral, []int{1}}, "/b": {NodeTypeDotGeneral, []int{1}}}},
		"what multiplies or joins activations has no filters": {[]int{5, 7, 3}, dtypes.Float32,
			func(s *model.Scope, x *Node) *Node {
				gate := s.VariableWithShape("gate",
					shapes.Make(dtypes.Float32, 7, 3)).NodeValue(x.Graph())
				token := s.VariableWithShape("token",
					shapes.Make(dtypes.Float32, 1, 1, 3)).NodeValue(
					x.Graph())
				w := s.VariableWithShape("w",
					shapes.Make(dtypes.Float32, 3, 4)).NodeValue(x.Graph())
				h := Concatenate([]*Node{BroadcastToDims(token, 5, 1, 3),
					Mul(x, ExpandAxes(gate, 0))},
					1)
				return Einsum("btd,de->bte", h, w)
			}, uses{"/gate": {NodeTypeMul, nil}, "/token": {NodeTypeConcatenate, nil},
				"/w": {NodeTypeDotGeneral, []int{1}}}},
		// one axis is half summed over: no filter.
		"unused axes": {[]int{5, 6}, dtypes.Float32, func(s *model.Scope, x *Node) *Node {
			w := s.VariableWithShape("w", shapes.Make(dtypes.Float32, 12)).NodeValue(x.Graph())
			return Dot(x, Reshape(w, 6, 2)).Product()
		}, uses{"/w": {NodeTypeDotGeneral, []int{}}}},
	} {
		t.Run(name, func(t *testing.T) {
			store := model.NewStore()
			g := NewGraph(xla.MustOpen(), name)
			defer g.Finalize()
			model.SetStore(g, store)
			y := c.build(store.RootScope(), Parameter(g, "x", shapes.Make(c.dtype, c.in...)))
			variables, weights := weightsOf(store, g)
			found := make(uses)
			for i, u := range transform.Uses([]*Node{y}, weights) {
				found[variables[i].Path()] = u
			}
			require.Equal(t, c.want, found)
		})
	}
}
