package report

import (
	"bytes"
	"context"
	"regexp"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/internal/testnet"
	"lossland/pkg/audit"
	"lossland/pkg/landscape"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
	_ "lossland/pkg/xla" // registers the backends
)

// problem is a small MLP at its initial weights on 40 random examples, with a metric.
func problem(t *testing.T) *landscape.Problem {
	t.Helper()
	right := landscape.Metric{Name: "accuracy",
		PerExample: func(labels, predictions []*graph.Node) *graph.Node {
			best := graph.ArgMax(predictions[0], -1)
			hit := graph.Equal(best, graph.Squeeze(labels[0], -1))
			return graph.ConvertDType(hit, predictions[0].DType())
		}}
	p, err := landscape.NewProblem(testnet.Quick(t), testnet.Store(3), testnet.MLP,
		testnet.CrossEntropy, testnet.RandomBatches(1, 4, 10, 40),
		&landscape.Config{Metrics: []landscape.Metric{right}})
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

// small is a configuration that takes little time.
func small() Config {
	return Config{Audit: audit.Config{Examples: 20},
		Seed: 1, Resolution: 5, Planes: 3, Points: 9, Eigenpairs: 2,
		Measures: []landscape.Measure{landscape.Gaussian{Draws: 3, Seed: 1}, landscape.LambdaMax{}},
		Density:  spectrum.DensityConfig{Probes: 2, Steps: 10}}
}

// TestMeasure measures every part of a small network.
func TestMeasure(t *testing.T) {
	p := problem(t)
	before, err := p.Weights()
	require.NoError(t, err)
	var names []string
	var last int
	cfg := small()
	cfg.Part = func(name string) { names = append(names, name) }
	ctx := result.WithProgress(context.Background(), func(done, total int) {
		require.Greater(t, done, last)
		last = done
		require.Equal(t, 1000, total)
	})
	r, err := Measure(ctx, p, cfg)
	require.NoError(t, err)

	t.Run("progress", func(t *testing.T) { require.Equal(t, 1000, last) })
	t.Run("parts", func(t *testing.T) {
		require.Len(t, r.Parts, len(names))
		for i, part := range r.Parts {
			require.Equal(t, names[i], part.Name)
			require.NoError(t, part.Err, part.Name)
			require.Positive(t, part.Cost.Work, part.Name)
		}
	})
	t.Run("the same numbers as by themselves", func(t *testing.T) {
		at, err := p.Here()
		require.NoError(t, err)
		evaluation, err := at.Loss(context.Background())
		require.NoError(t, err)
		require.Equal(t, evaluation, *r.Evaluation)
		panel, err := at.Sharpness(context.Background(), cfg.Measures...)
		require.NoError(t, err)
		require.Equal(t, panel[0].Reading, r.Panel[0].Reading)
	})
	t.Run("the surface's plane is compared with the others", func(t *testing.T) {
		require.Len(t, r.Spread.Planes, 3)
		require.Equal(t, r.Surface.Plane, r.Spread.Planes[0].Plane)
		require.NotEqual(t, r.Surface.Plane.D1, r.Spread.Planes[1].Plane.D1)
	})
	t.Run("weights", func(t *testing.T) {
		after, err := p.Weights()
		require.NoError(t, err)
		require.True(t, floats.Same(before, after))
	})
}

// TestWriteIsDeterministic: the same seed gives the same bytes, but for the seconds.
func TestWriteIsDeterministic(t *testing.T) {
	page := func() string {
		var out bytes.Buffer
		require.NoError(t, Write(context.Background(), &out, problem(t), small()))
		return out.String()
	}
	clock := regexp.MustCompile(`<td class="clock">[^<]*</td>`)
	first, second := page(), page()
	require.Len(t, clock.FindAllString(first, -1), len(steps)+1)
	require.Equal(t, clock.ReplaceAllString(first, ""), clock.ReplaceAllString(second, ""))
}

// TestCancelled: nothing is written.
func TestCancelled(t *testing.T) {
	for _, name := range []string{lossPart, spreadPart, sharpnessPart} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			cfg := small()
			cfg.Part = func(part string) {
				if part == name {
					cancel()
				}
			}
			var out bytes.Buffer
			require.ErrorIs(t, Write(ctx, &out, problem(t), cfg), context.Canceled)
			require.Zero(t, out.Len())
		})
	}
}

// TestRefusedParts: a network whose loop has no gradient keeps its surface and its Gaussian
// sharpness, and everything else says why it is missing.
func TestRefusedParts(t *testing.T) {
	batches := testnet.RandomBatches(1, 4, 10, 20)
	for i := range batches {
		batches[i].Labels = batches[i].Inputs
	}
	squares := func(labels, predictions []*graph.Node) *graph.Node {
		return loss.MeanSquaredError(
			[]*graph.Node{graph.ReduceSum(labels[0], -1)}, predictions)
	}
	p, err := landscape.NewProblem(testnet.Quick(t), testnet.Store(1),
		testnet.Recurrent("while"), squares, batches, nil)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	r, err := Measure(context.Background(), p, small())
	require.NoError(t, err)
	require.NotNil(t, r.Surface)
	require.Nil(t, r.Class)
	require.Len(t, r.Panel, 1)
	for _, name := range []string{classPart, eigenpairsPart, linesPart, sharpnessPart} {
		require.Error(t, r.refusal(name), name)
	}
	require.NoError(t, r.refusal(surfacePart))

	var out bytes.Buffer
	require.NoError(t, r.WriteHTML(&out))
	require.Contains(t, out.String(), "Not measured: ")
	require.Contains(t, out.String(), "Refused, for reasons given below: classification, "+
		"eigenpairs, lines, sharpness.")
}
