package result

import "math"

// Joint accumulates the means and the centred second moments of several numbers an example, from
// batches, by the update of Moments in each pair of them: with one number it is Moments to the last
// bit. From it comes the error of a function of means, such as a quotient. The zero value is empty.
type Joint struct {
	n    int
	mean []float64
	m2   []float64 // Σ (xⱼ − meanⱼ)(xₖ − meanₖ) for j ≤ k, row by row; NaN: unknown.
}

// JointSize is the length of the second moments of k numbers: k(k+1)/2.
func JointSize(k int) int { return k * (k + 1) / 2 }

// Add merges n further examples of the given means and sums of products of deviations from them,
// for each pair j ≤ k in the order (0,0), (0,1), …, (1,1), …. An infinite mean stays infinite, with
// unknown deviations.
func (j *Joint) Add(n int, mean, m2 []float64) {
	if j.mean == nil {
		j.mean, j.m2 = make([]float64, len(mean)), make([]float64, len(m2))
	}
	total := j.n + n
	delta := make([]float64, len(mean))
	infinite := make([]bool, len(mean))
	for i, m := range mean {
		if infinite[i] = math.IsInf(j.mean[i], 0) || math.IsInf(m, 0); infinite[i] {
			j.mean[i] += m
			continue
		}
		delta[i] = m - j.mean[i]
		j.mean[i] += delta[i] * float64(n) / float64(total)
	}
	pair := 0
	for a := range mean {
		for b := a; b < len(mean); b++ {
			if infinite[a] || infinite[b] {
				j.m2[pair] = math.NaN()
			} else {
				j.m2[pair] += m2[pair] + delta[a]*delta[b]*float64(j.n)*float64(n)/float64(total)
			}
			pair++
		}
	}
	j.n = total
}

// Merge adds the examples of o.
func (j *Joint) Merge(o Joint) { j.Add(o.n, o.mean, o.m2) }

// JointOf are the moments of the examples in the columns, which have one value for each.
func JointOf(columns ...[]float64) Joint {
	var j Joint
	j.n = len(columns[0])
	j.mean, j.m2 = make([]float64, len(columns)), make([]float64, 0, JointSize(len(columns)))
	for a, c := range columns {
		m := MomentsOf(c)
		j.mean[a] = m.mean
	}
	for a := range columns {
		for b := a; b < len(columns); b++ {
			var sum float64
			for i := range columns[a] {
				sum += (columns[a][i] - j.mean[a]) * (columns[b][i] - j.mean[b])
			}
			j.m2 = append(j.m2, sum)
		}
	}
	return j
}

// Means are the means; nil where there are no examples.
func (j *Joint) Means() []float64 { return j.mean }

// Estimate is value, a function of the means whose derivatives in them are slope, with its standard
// error by the delta method, √(slopeᵀ·C·slope/N · n/(n−1)), where C is the covariance of the N
// examples and n = counted is how many of them the value depends on.
func (j *Joint) Estimate(value float64, slope []float64, counted int) Estimate {
	e := Estimate{Value: value, StdErr: math.NaN(), N: counted}
	if counted < 2 {
		return e
	}
	var sum float64
	pair := 0
	for a := range slope {
		for b := a; b < len(slope); b++ {
			term := slope[a] * slope[b] * j.m2[pair]
			if pair++; slope[a]*slope[b] == 0 { // what isn't known doesn't count either.
				continue
			}
			if a != b {
				term *= 2
			}
			sum += term
		}
	}
	scale := float64(counted) / float64(j.n)
	e.StdErr = math.Sqrt(math.Max(0, sum)/float64(counted-1)/float64(counted)) * scale
	return e
}
