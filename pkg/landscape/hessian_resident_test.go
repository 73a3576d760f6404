package landscape

import (
	"context"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/internal/accelerator"
	"lossland/internal/resident"
	"lossland/pkg/spectrum"
	"lossland/pkg/xla"
)

// residentOperator is a small network's Hessian on what counts as an accelerator, and its space.
func residentOperator(t *testing.T, dtype dtypes.DType) (*Operator, resident.Space) {
	t.Helper()
	pretendAccelerator(t)
	op := mustHessian(t, networks[0].problem(t, quick(t), dtype), HessianConfig{})
	space := op.Resident()
	require.NotNil(t, space)
	return op, space
}

// TestNotResidentOnACPU: there vectors are the host's.
func TestNotResidentOnACPU(t *testing.T) {
	op := mustHessian(t, networks[0].problem(t, quick(t), dtypes.Float32), HessianConfig{})
	require.Nil(t, op.Resident())
	defer accelerator.Pretend()()
	require.NotNil(t, op.Resident())
}

// TestResidentArithmetic against gonum's, with more rows than a program takes.
func TestResidentArithmetic(t *testing.T) {
	op, space := residentOperator(t, dtypes.Float64)
	ctx, n := context.Background(), op.Dim()
	var basis [][]float64
	for k := range rowsAtOnce + 3 {
		basis = append(basis, randomVector(uint64(k), n))
	}
	basis = spectrum.Orthonormal(basis)
	var rows []resident.Vector
	for _, v := range basis {
		row, err := space.Upload(v)
		require.NoError(t, err)
		rows = append(rows, row)
	}
	read := func(v resident.Vector) []float64 {
		x := make([]float64, n)
		require.NoError(t, space.Read(x, v))
		return x
	}
	require.Equal(t, basis[1], read(rows[1]))

	w, norm, err := space.Product(ctx, rows[0])
	require.NoError(t, err)
	want := mustApply(t, op, basis[0])
	require.Less(t, relativeError(read(w), want), 1e-12)
	require.InEpsilon(t, floats.Norm(want, 2), norm, 1e-12)

	dot, err := space.Dot(rows[2], w)
	require.NoError(t, err)
	require.InDelta(t, floats.Dot(basis[2], want), dot, 1e-12)

	rest, parts, left, err := space.Project(w, rows, 2)
	require.NoError(t, err)
	for i, v := range basis {
		require.InDelta(t, floats.Dot(v, want), parts[i], 1e-12, i)
		require.InDelta(t, 0, floats.Dot(v, read(rest)), 1e-12, i)
		floats.AddScaled(want, -parts[i], v)
	}
	require.Less(t, floats.Distance(want, read(rest), 2), 1e-12)
	require.InDelta(t, floats.Norm(want, 2), left, 1e-12)

	same, parts, _, err := space.Project(w, nil, 2)
	require.NoError(t, err)
	require.Empty(t, parts)
	require.Equal(t, read(w), read(same))

	unit, err := space.Unit(w)
	require.NoError(t, err)
	require.InDelta(t, 1, floats.Norm(read(unit), 2), 1e-12)

	c := make([]float64, len(rows))
	c[1], c[rowsAtOnce+1] = 2, -3
	both, err := space.Combine(w, rows, c)
	require.NoError(t, err)
	sum := read(w)
	floats.AddScaled(sum, 2, basis[1])
	floats.AddScaled(sum, -3, basis[rowsAtOnce+1])
	require.Less(t, relativeError(read(both), sum), 1e-12)
	space.Free(append(rows, w, rest, same, unit, both)...)
}

// TestResidentSpectrum: eigenpairs, a density and a trace made of vectors on the device are those
// of vectors on the host, from the same draws. A small space is restarted.
func TestResidentSpectrum(t *testing.T) {
	ctx := context.Background()
	for dtype, tol := range map[dtypes.DType]float64{dtypes.Float64: 1e-8, dtypes.Float32: 1e-4} {
		t.Run(dtype.String(), func(t *testing.T) {
			op := mustHessian(t, networks[0].problem(t, quick(t), dtype), HessianConfig{})
			measure := func() (values []float64) {
				e, err := spectrum.Lanczos(ctx, op, 3, spectrum.BothEnds,
					spectrum.LanczosConfig{Space: 16, Tol: 1e-5, Seed: 2})
				require.NoError(t, err)
				require.Positive(t, e.Restarts)
				require.LessOrEqual(t, floats.Max(e.Residuals), 1e-4*e.Norm)
				d, err := spectrum.NewDensity(ctx, op, spectrum.DensityConfig{Probes: 2, Steps: 8})
				require.NoError(t, err)
				h, err := spectrum.Hutchinson(ctx, op, spectrum.TraceConfig{Products: 5, Seed: 3})
				require.NoError(t, err)
				p, err := spectrum.HutchPlusPlus(ctx, op,
					spectrum.TraceConfig{Products: 9, Seed: 3})
				require.NoError(t, err)
				values = append(values, e.Values...)
				values = append(values, p.Sketched)
				values = append(values, p.Terms...)
				values = append(values, d.Mean(math.Abs).Value, h.Value, h.Frobenius.Value)
				return append(values, h.Terms...)
			}
			want := measure()
			defer accelerator.Pretend()()
			got := measure()
			for i := range want {
				require.InDelta(t, want[i], got[i], tol*(1+math.Abs(want[i])), i)
			}
		})
	}
}

// TestResidentBatches: a product over batches of several sizes is that of the host.
func TestResidentBatches(t *testing.T) {
	ctx := context.Background()
	p, err := NewProblem(quick(t), seededStore(1), smooth, crossEntropy,
		randomBatches(3, 6, 5, 12, 12, 5), nil)
	require.NoError(t, err)
	op := mustHessian(t, p, HessianConfig{})
	v := op.block.rounded(randomVector(1, op.Dim()))
	want := mustApply(t, op, v)
	defer accelerator.Pretend()()
	space, got := op.Resident(), make([]float64, op.Dim())
	row, err := space.Upload(v)
	require.NoError(t, err)
	w, _, err := space.Product(ctx, row)
	require.NoError(t, err)
	require.NoError(t, space.Read(got, w))
	require.Less(t, relativeError(got, want), 1e-6)
	space.Free(row, w)
}

// TestResidentSettles: the check for copies of an eigenvalue runs on the device, too, and takes as
// many products as on the host.
func TestResidentSettles(t *testing.T) {
	op := mustHessian(t, networks[0].problem(t, quick(t), dtypes.Float64), HessianConfig{})
	settle := func() *spectrum.Eigenpairs {
		l, err := spectrum.Lanczos(context.Background(), op, 2, spectrum.Largest,
			spectrum.LanczosConfig{Seed: 1})
		require.NoError(t, err)
		require.Positive(t, l.Checks)
		require.Equal(t, "converged", l.Status.String())
		return l
	}
	want := settle()
	defer accelerator.Pretend()()
	require.NotNil(t, op.Resident())
	require.Equal(t, want.Checks, settle().Checks)
}

// TestResidentReportsWhy: a gradient that isn't finite is named, as on the host.
func TestResidentReportsWhy(t *testing.T) {
	pretendAccelerator(t)
	op := mustHessian(t, knownIn(t, dtypes.Float64, cusp, 0, 0, 0), HessianConfig{})
	_, err := spectrum.NewKrylov(context.Background(), op, []float64{1, 0, 0}, 2)
	require.ErrorIs(t, err, ErrGradient)
	space := op.Resident() // the check for symmetry, on the host, came first.
	row, err := space.Upload([]float64{1, 0, 0})
	require.NoError(t, err)
	defer space.Free(row)
	_, _, err = space.Product(context.Background(), row)
	require.ErrorIs(t, err, ErrGradient)
}

// TestStackedDraws: the rises at random displacements are those of each by itself.
func TestStackedDraws(t *testing.T) {
	ctx := context.Background()
	for _, n := range networks {
		t.Run(n.name, func(t *testing.T) {
			p := n.problem(t, xla.MustOpen(), dtypes.Float32)
			draw := func() []float64 {
				s, err := here(t, p).Sharpness(ctx, Gaussian{Draws: 6, Seed: 4, Sigma: 0.05})
				require.NoError(t, err)
				return s[0].Terms
			}
			want := draw()
			defer accelerator.Pretend()()
			got := draw()
			for k := range want {
				require.InDelta(t, want[k], got[k], 1e-6, k)
			}
		})
	}
}
