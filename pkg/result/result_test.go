package result_test

import (
	"context"
	"fmt"
	"testing"

	"lossland/pkg/result"
)

// TestTakeProgress: the measurement reports, what it is made of doesn't, and without a function
// there is one that may be called.
func TestTakeProgress(t *testing.T) {
	var seen []string
	ctx := result.WithProgress(context.Background(), func(done, total int) {
		seen = append(seen, fmt.Sprint(done, "/", total))
	})
	report, inner := result.TakeProgress(ctx)
	report(1, 2)
	silent, _ := result.TakeProgress(inner)
	silent(2, 2)
	if len(seen) != 1 || seen[0] != "1/2" {
		t.Errorf("seen %v, want one report of the outer measurement", seen)
	}
	none, same := result.TakeProgress(context.Background())
	none(1, 1)
	if same != context.Background() {
		t.Error("a context without progress changed")
	}
}

// TestWorse: of two statuses the less certain one counts, in either order.
func TestWorse(t *testing.T) {
	order := []result.Status{result.Converged, result.NotTerminated, result.Unsettled,
		result.Stalled, result.MaxIterations}
	for i, a := range order {
		for j, b := range order {
			if got, want := result.Worse(a, b), order[max(i, j)]; got != want {
				t.Errorf("Worse(%s, %s) = %s, want %s", a, b, got, want)
			}
		}
	}
}

// TestCost: a difference of sums is what was added.
func TestCost(t *testing.T) {
	a, b := result.Evaluations(3), result.Gradients(2)
	if got := a.Plus(b).Minus(a); got != b {
		t.Errorf("%+v, want %+v", got, b)
	}
}

func ExampleEstimate() {
	e := result.Estimate{Value: 0.0123, StdErr: 0.0004, N: 360}
	low, high := e.Interval(1.96)
	fmt.Println(e)
	fmt.Printf("%.4f … %.4f\n", low, high)
	// Output:
	// 0.0123 ± 0.0004 (N=360)
	// 0.0115 … 0.0131
}

func ExampleBadArgument() {
	fmt.Println(&result.BadArgument{Func: "spectrum.Lanczos", Name: "k", Got: 0,
		Want: "at least 1"})
	// Output: spectrum.Lanczos: k is 0; want at least 1
}
