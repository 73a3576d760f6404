package evidence

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// SignTest returns the two-sided p-value of the hypothesis that a[i] and b[i] are equally likely to
// be the larger. It assumes nothing else. Ties are left out. If all pairs are tied, p is 1.
func SignTest(a, b []float64) (float64, error) {
	if err := checkPairs(a, b); err != nil {
		return 0, err
	}
	above, below := 0, 0
	for i := range a {
		switch {
		case a[i] > b[i]:
			above++
		case a[i] < b[i]:
			below++
		}
	}
	n := above + below
	if n == 0 {
		return 1, nil
	}
	tail := distuv.Binomial{N: float64(n), P: 0.5}.CDF(float64(min(above, below)))
	return min(1, 2*tail), nil
}

// exactPairs is up to how many pairs SignFlipTest tries all signs.
const exactPairs = 16

// SignFlipTest returns the two-sided p-value, for the mean difference of pairs, of the hypothesis
// that each difference is as likely with the opposite sign. For up to 16 pairs it is exact, over
// all signs. For more it takes draws random choices of signs, decided by seed.
func SignFlipTest(a, b []float64, draws int, seed uint64) (float64, error) {
	if err := checkPairs(a, b); err != nil {
		return 0, err
	}
	observed := 0.0
	differences := make([]float64, len(a))
	for i := range a {
		differences[i] = a[i] - b[i]
		observed += differences[i]
	}
	flipped := func(negative func(i int) bool) bool { // as far from 0 as observed?
		sum := 0.0
		for i, d := range differences {
			if negative(i) {
				d = -d
			}
			sum += d
		}
		return asExtreme(sum, observed)
	}
	if len(a) <= exactPairs {
		count := 0
		for signs := range 1 << len(a) {
			if flipped(func(i int) bool { return signs>>i&1 == 1 }) {
				count++
			}
		}
		return float64(count) / float64(int(1)<<len(a)), nil
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	coin := func(int) bool { return rng.IntN(2) == 0 }
	return monteCarlo(draws, func() bool { return flipped(coin) })
}

// PermutationTest returns the two-sided p-value, for the difference of means, of the hypothesis
// that two independent groups have the same distribution. It takes draws random regroupings,
// decided by seed.
func PermutationTest(a, b []float64, draws int, seed uint64) (float64, error) {
	if err := check("value of the first group", a, 1); err != nil {
		return 0, err
	}
	if err := check("value of the second group", b, 1); err != nil {
		return 0, err
	}
	pool := append(append([]float64{}, a...), b...)
	difference := func() float64 {
		return stat.Mean(pool[:len(a)], nil) - stat.Mean(pool[len(a):], nil)
	}
	observed := difference()
	rng := rand.New(rand.NewPCG(seed, 0))
	return monteCarlo(draws, func() bool {
		rng.Shuffle(len(pool), func(i, j int) { pool[i], pool[j] = pool[j], pool[i] })
		return asExtreme(difference(), observed)
	})
}

// monteCarlo is the share of draws that are as extreme. The observed one counts among them, so that
// it is never 0 (Phipson and Smyth 2010).
func monteCarlo(draws int, extreme func() bool) (float64, error) {
	if draws < 1 {
		return 0, fmt.Errorf("evidence: %d draws, want at least 1", draws)
	}
	count := 1
	for range draws {
		if extreme() {
			count++
		}
	}
	return float64(count) / float64(draws+1), nil
}

// asExtreme allows for sums that differ by rounding alone.
func asExtreme(x, observed float64) bool { return math.Abs(x) >= math.Abs(observed)*(1-1e-12) }
