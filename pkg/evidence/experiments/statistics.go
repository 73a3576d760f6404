package experiments

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"lossland/pkg/evidence"
)

// bootstrapSeed makes intervals the same at every call.
const bootstrapSeed = 1

// share is the Wilson interval of a column of zeros and ones.
func (d *Data) share(name string) (evidence.Interval, error) {
	c := d.column(name)
	return evidence.Wilson(int(floats.Sum(c)), len(c))
}

// correlation is Spearman's between two columns, with its bootstrap interval over seeds.
func (d *Data) correlation(x, y string) (evidence.Interval, error) {
	a, b := d.column(x), d.column(y)
	return d.overSeeds(func(of []int) float64 {
		return evidence.Spearman(evidence.Pick(a, of), evidence.Pick(b, of))
	})
}

// overSeeds is the bootstrap interval of a statistic of rows where rows of one seed aren't
// independent: seeds are drawn, each with all its rows. n is the number of seeds.
func (d *Data) overSeeds(statistic func(rows []int) float64) (evidence.Interval, error) {
	_, of := d.groups("seed")
	interval, err := evidence.Bootstrap(len(of), bootstrapSeed, func(drawn []int) float64 {
		var rows []int
		for _, k := range drawn {
			rows = append(rows, of[k]...)
		}
		return statistic(rows)
	})
	interval.Method = "bootstrap over seeds"
	return interval, err
}

// groups divides rows by a column, in rising order of its value.
func (d *Data) groups(by string) (values []float64, rows [][]int) {
	of := map[float64][]int{}
	for i, v := range d.column(by) {
		of[v] = append(of[v], i)
	}
	values = slices.Sorted(maps.Keys(of))
	for _, v := range values {
		rows = append(rows, of[v])
	}
	return values, rows
}

// ratio is the geometric mean of one column over another, with its interval.
func (d *Data) ratio(above, below string) (evidence.Interval, error) {
	return evidence.GeometricRatio(d.column(above), d.column(below))
}

// mean, median and geometric are of a column.
func (d *Data) mean(name string) float64      { return mean(d.column(name)) }
func (d *Data) median(name string) float64    { return evidence.Median(d.column(name)) }
func (d *Data) geometric(name string) float64 { return math.Exp(meanLog(d.column(name))) }

// least and largest are the ends of a column.
func (d *Data) least(name string) float64   { return floats.Min(d.column(name)) }
func (d *Data) largest(name string) float64 { return floats.Max(d.column(name)) }

// mean is of any values.
func mean(x []float64) float64 { return stat.Mean(x, nil) }

// meanLog is the mean of the logarithms.
func meanLog(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += math.Log(v) / float64(len(x))
	}
	return sum
}

// ratios are a[i]/b[i].
func ratios(a, b []float64) []float64 { return floats.DivTo(make([]float64, len(a)), a, b) }

// count is how many values fulfil a condition.
func count(values []float64, is func(v float64) bool) (n int) {
	for _, v := range values {
		n += int(indicator(is(v)))
	}
	return n
}

// countBelow is how many values are below a limit.
func countBelow(values []float64, limit float64) int {
	return count(values, func(v float64) bool { return v < limit })
}

// atCap prints how many runs ended at the cap: "7 of 10".
func atCap(steps []float64, most float64) string {
	capped := count(steps, func(s float64) bool { return s >= most })
	return fmt.Sprintf("%d of %d", capped, len(steps))
}
