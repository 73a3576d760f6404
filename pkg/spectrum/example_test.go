package spectrum_test

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// laplacian is −d²/dx² on n points between fixed ends, known by its products only. Its eigenvalues
// are 4·sin²(πk/2(n+1)) for k = 1 … n.
type laplacian struct{ n int }

func (l laplacian) Dim() int { return l.n }

func (l laplacian) Apply(_ context.Context, dst, v []float64) error {
	for i := range v {
		dst[i] = 2 * v[i]
		if i > 0 {
			dst[i] -= v[i-1]
		}
		if i < l.n-1 {
			dst[i] -= v[i+1]
		}
	}
	return nil
}

// Both ends of a spectrum, with how sure they are and what they took.
func ExampleLanczos() {
	e, err := spectrum.Lanczos(context.Background(), laplacian{200}, 1, spectrum.BothEnds,
		spectrum.LanczosConfig{Tol: 1e-7, Space: 200})
	if err != nil {
		panic(err)
	}
	fmt.Printf("λ = %.6f … %.6f, %s\n", e.Min(), e.Max(), e.Status)
	fmt.Println("residuals below 4e-7:", e.Residuals[0] < 4e-7 && e.Residuals[1] < 4e-7)
	fmt.Printf("condition %.0f\n", e.Condition(0))
	// Output:
	// λ = 0.000244 … 3.999756, converged
	// residuals below 4e-7: true
	// condition 16373
}

// How many eigenvalues are below 2, and their sum, from a few products.
func ExampleNewDensity() {
	d, err := spectrum.NewDensity(context.Background(), laplacian{1000}, spectrum.DensityConfig{})
	if err != nil {
		panic(err)
	}
	below := d.Mean(func(x float64) float64 {
		if x < 2 {
			return 1
		}
		return 0
	})
	fmt.Printf("below 2: %.2f ± %.2f\n", below.Value, below.StdErr)
	fmt.Printf("trace: %.0f ± %.0f\n", d.Trace().Value, d.Trace().StdErr)
	// Output:
	// below 2: 0.49 ± 0.01
	// trace: 2038 ± 25
}

// The trace and the Frobenius norm of a matrix from its products.
func ExampleHutchinson() {
	a := spectrum.Matrix{Symmetric: mat.NewSymDense(3, []float64{4, 1, 0, 1, 3, 1, 0, 1, 2})}
	t, err := spectrum.Hutchinson(context.Background(), a, spectrum.TraceConfig{Products: 200})
	if err != nil {
		panic(err)
	}
	fmt.Println("trace", t)
	fmt.Println("norm", t.Frobenius)
	// Output:
	// trace 9.08 ± 0.18 (N=200)
	// norm 5.76194 ± 0.099 (N=200)
}

// A large eigenvalue is taken exactly: here 800, of 100 in every cell, beside seven of 1.
func ExampleHutchPlusPlus() {
	ctx := context.Background()
	a := mat.NewSymDense(8, nil)
	for i := range 8 {
		for j := range 8 {
			a.SetSym(i, j, 100)
		}
		a.SetSym(i, i, 101)
	}
	cfg := spectrum.TraceConfig{Products: 12}
	plain, err := spectrum.Hutchinson(ctx, spectrum.Matrix{Symmetric: a}, cfg)
	if err != nil {
		panic(err)
	}
	plus, err := spectrum.HutchPlusPlus(ctx, spectrum.Matrix{Symmetric: a}, cfg)
	if err != nil {
		panic(err)
	}
	fmt.Printf("Hutchinson %.0f ± %.0f, Hutch++ %.1f ± %.1f\n", plain.Value, plain.StdErr,
		plus.Value, plus.StdErr)
	// Output: Hutchinson 541 ± 150, Hutch++ 808.9 ± 0.8
}

// A matrix that is small enough is formed, and says how symmetric it is. Progress goes to whoever
// asked for it.
func ExampleNewDense() {
	ctx := result.WithProgress(context.Background(), func(done, total int) {
		fmt.Println(done, "of", total, "columns")
	})
	d, err := spectrum.NewDense(ctx, laplacian{3})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%v\n", mat.Formatted(d.Matrix))
	fmt.Println("asymmetry", d.Asymmetry)
	// Output:
	// 3 of 3 columns
	// ⎡ 2  -1   0⎤
	// ⎢-1   2  -1⎥
	// ⎣ 0  -1   2⎦
	// asymmetry 0
}
