package report_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/gomlx/compute/dtypes"

	"lossland/pkg/landscape"
	"lossland/pkg/landscape/analytic"
	"lossland/pkg/report"
	"lossland/pkg/xla"
)

// A bowl of three weights, and the page about its bottom. It has no filters, so the directions of
// its plane are scaled variable by variable.
func ExampleMeasure() {
	bowl, err := analytic.Quadratic([]float64{1, 2, 3})
	if err != nil {
		log.Fatal(err)
	}
	program, err := bowl.Program(dtypes.Float64, []float64{0, 0, 0})
	if err != nil {
		log.Fatal(err)
	}
	problem, err := landscape.NewProblem(xla.MustOpen(), program.Store, program.Model, program.Loss,
		program.Dataset(1), nil)
	if err != nil {
		log.Fatal(err)
	}
	r, err := report.Measure(context.Background(), problem, report.Config{
		Title: "A bowl", Resolution: 5, Planes: 3, Reach: 1,
		Normalize: landscape.NormalizeConfig{By: landscape.Unnormalized},
		Measures:  []landscape.Measure{landscape.LambdaMax{}},
	})
	if err != nil {
		log.Fatal(err)
	}
	var page strings.Builder
	if err := r.WriteHTML(&page); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, λmax = %.3g\n", r.Class.Verdict, r.Eigenpairs.Max())
	fmt.Println(strings.Count(page.String(), "<h2"), "sections")
	// Output:
	// local minimum, λmax = 3
	// 9 sections
}
