package lossland_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape"
	"lossland/pkg/lesson"
	"lossland/pkg/viz"
	"lossland/pkg/xla"
)

func modelFn(scope *model.Scope, x *graph.Node) *graph.Node {
	h := activation.Relu(layers.Dense(scope.In("hidden"), x, true, 16))
	return layers.Dense(scope.In("out"), h, true, 10)
}

// measure is README's example.
func measure(ctx context.Context, backend compute.Backend, store *model.Store, testData train.Dataset) error {
	problem, err := landscape.NewProblem(backend, store, modelFn, loss.SparseCategoricalCrossEntropyLogits, testData, nil)
	if err != nil {
		return err
	}
	surface, err := problem.Surface(ctx, landscape.SurfaceConfig{Seed: 1})
	if err != nil {
		return err
	}
	here, err := problem.Here()
	if err != nil {
		return err
	}
	sharpness, err := here.Sharpness(ctx, landscape.Gaussian{Seed: 1}, landscape.LambdaMax{})
	if err != nil {
		return err
	}
	fmt.Println(sharpness)
	return viz.Save("surface.svg", viz.Contour{Grid: surface, Log: true, MarkMinimum: true})
}

// TestReadme runs README's example, and checks that README shows what ran.
func TestReadme(t *testing.T) {
	source, err := os.ReadFile("readme_test.go")
	require.NoError(t, err)
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, body, _ := strings.Cut(string(source), "testData train.Dataset) error {\n")
	body, _, _ = strings.Cut(body, "\n}\n")
	body = strings.ReplaceAll("\n"+body, "\n\t", "\n")
	require.Contains(t, string(readme), "```go"+body+"\n```")

	digits, err := lesson.Digits()
	require.NoError(t, err)
	backend := xla.MustOpen()
	testData, err := digits.Test.EvaluationSet(backend, lesson.FullBatch)
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	require.NoError(t, measure(context.Background(), backend, model.NewStore(), testData))
	require.FileExists(t, "surface.svg")
}

// TestReadmeShowsTheBenchmark compares README's table with the last run's results.
func TestReadmeShowsTheBenchmark(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	results, err := os.ReadFile("bench/results/latest.json")
	require.NoError(t, err)
	var entries []struct {
		Case, Unit string
		Ours       float64
		Frameworks map[string]struct{ Ratio float64 }
	}
	require.NoError(t, json.Unmarshal(results, &entries))
	var lines []string
	for _, e := range entries {
		lines = append(lines, fmt.Sprintf("| %s | %s | %.3g | %.2f | %.2f |", e.Case, e.Unit, e.Ours, e.Frameworks["jax"].Ratio, e.Frameworks["pytorch"].Ratio))
	}
	_, section, found := strings.Cut(string(readme), "## How fast")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	shown := 0
	for line := range strings.Lines(section) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| case") {
			require.Contains(t, lines, line, "not in bench/results/latest.json")
			shown++
		}
	}
	require.NotZero(t, shown)
	require.Contains(t, section, fmt.Sprintf("All %d lines", len(entries)))
}
