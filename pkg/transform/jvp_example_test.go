package transform_test

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/janpfeifer/must"

	"lossland/pkg/transform"
	"lossland/pkg/xla"
)

// The derivative of x·y along (1, 2), at (3, 5): 5·1 + 3·2.
func ExampleJVP() {
	exec := MustNewExec(xla.MustOpen(), func(x, y *Node) *Node {
		one, two := Scalar(x.Graph(), x.DType(), 1), Scalar(x.Graph(), x.DType(), 2)
		return transform.JVP([]*Node{Mul(x, y)}, []*Node{x, y}, []*Node{one, two})[0]
	})
	fmt.Println(exec.MustCall1(3.0, 5.0))
	// Output: float64(11)
}

// The Hessian of x⁴/12 is x²; its product with v comes with the gradient x³/3.
func ExampleHVP() {
	exec := MustNewExec(xla.MustOpen(), func(x, v *Node) []*Node {
		loss := DivScalar(ReduceAllSum(Square(Square(x))), 12)
		products, gradient := transform.HVP(loss, []*Node{x}, [][]*Node{{v}})
		return []*Node{products[0][0], gradient[0]}
	})
	out := exec.MustCall([]float64{1, 2, 3}, []float64{1, 1, 10})
	fmt.Printf("%.3f\n%.3f\n", out[0].Value(), out[1].Value())
	// Output:
	// [1.000 4.000 90.000]
	// [0.333 2.667 9.000]
}

// A function with a wrong gradient is found out.
func ExampleCheckGradient() {
	wrong := func(x []*Node) *Node {
		return Exp(IdentityWithCustomGradient(x[0], func(_, v *Node) *Node { return Neg(v) }))
	}
	check := must.M1(transform.CheckGradient(xla.MustOpen(), wrong,
		[]*tensors.Tensor{tensors.FromValue([]float64{0.5})}, 1))
	fmt.Println(check.Check(1e-6) != nil)
	// Output: true
}
