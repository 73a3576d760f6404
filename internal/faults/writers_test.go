package faults

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"lossland/internal/testnet"
	"lossland/pkg/command"
	"lossland/pkg/curve"
	"lossland/pkg/evidence"
	"lossland/pkg/evidence/experiments"
	"lossland/pkg/landscape"
	"lossland/pkg/onnx"
	"lossland/pkg/trajectory"
	"lossland/pkg/viz"
	"lossland/pkg/viz/png"
)

// writer writes one of two contents, which differ with the generation, into a folder.
type writer struct {
	name  string
	write func(folder string, generation int) error
}

// writers are everything that writes files for others to read. What they write is measured once, at
// the start.
func writers(t testing.TB) []writer {
	t.Helper()
	var all []writer
	add := func(name string, write func(path string, generation int) error) {
		all = append(all, writer{name, func(folder string, generation int) error {
			return write(filepath.Join(folder, name), generation)
		}})
	}
	p := twoProblems(t)
	surfaces := [2]*landscape.Surface{surfaceOf(t, p[0]), surfaceOf(t, p[1])}
	for _, ending := range []string{".npz", ".csv", ".vtk"} {
		add("surface"+ending, func(path string, generation int) error {
			return surfaces[generation].Save(path, landscape.FileConfig{})
		})
	}
	profiles := [2]*landscape.Profile{profileOf(t, p[0]), profileOf(t, p[1])}
	add("profile.npz", func(path string, generation int) error {
		return profiles[generation].Save(path, landscape.FileConfig{Directions: true})
	})
	for _, ending := range []string{".svg", ".html"} {
		add("picture"+ending, func(path string, generation int) error {
			return viz.Save(path, viz.Contour{Grid: surfaces[generation].Loss})
		})
	}
	add("picture.png", func(path string, generation int) error {
		figure := viz.Histogram{Groups: []viz.Sample{{Values: []float64{1, 2,
			float64(generation)}}}}
		return png.Save(path, figure, png.Config{Scale: 0.5})
	})
	add("claims.json", func(path string, generation int) error {
		return evidence.WriteClaims(path, []evidence.Claim{{ID: "A", Claim: "c", Statistic: "s",
			Threshold: "t", N: 1 + generation, Verdict: evidence.Mixed, Command: "make"}})
	})
	add("rows.json", func(path string, generation int) error {
		return evidence.WriteSAMRows(path, []evidence.SAMRow{{LabelNoise: float64(generation)}})
	})
	network, err := onnx.Open("../../pkg/onnx/testdata/cnn.onnx", onnx.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { network.Close() })
	other, err := onnx.Open("../../pkg/onnx/testdata/encoder.onnx", onnx.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { other.Close() })
	add("network.onnx", func(path string, generation int) error {
		return []*onnx.Model{network, other}[generation].Save(path)
	})
	return append(all, commandLines(p)...)
}

// commandLines are writers by the command line.
func commandLines(p [2]*landscape.Problem) (all []writer) {
	for _, name := range []string{"spectrum.npz", "spectrum.csv", "line.svg", "band.npz"} {
		verb := strings.TrimSuffix(name, filepath.Ext(name))
		if verb == "band" {
			verb = "surface --resolution 5"
		}
		all = append(all, writer{name, func(folder string, generation int) error {
			var said bytes.Buffer
			program := command.Program{Name: "tiny", Problem: subjects(p[generation])}
			words := append(strings.Fields(verb), "--force", "-o",
				filepath.Join(folder, name))
			if program.Run(background, words, io.Discard, &said) != 0 {
				return fmt.Errorf("%s", &said)
			}
			return nil
		}})
	}
	return all
}

// appenders are writers that add to what is there.
func appenders(t testing.TB) []writer {
	backend := testnet.Quick(t)
	p, err := landscape.NewProblem(backend, testnet.Store(1), testnet.MLP, testnet.CrossEntropy,
		testnet.RandomBatches(1, 8, 10, 32), nil)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return []writer{
		{"machine.json", func(folder string, _ int) error {
			return experiments.DescribeMachine("go", "quick", nil, "").Finish(folder)
		}},
		{"recording", func(folder string, _ int) error {
			return record(backend, p, filepath.Join(folder, "recording"))
		}},
	}
}

// record trains two steps and records them.
func record(backend compute.Backend, p *landscape.Problem, folder string) error {
	recorder, err := trajectory.NewRecorder(p, trajectory.RecorderConfig{Dir: folder})
	if err != nil {
		return err
	}
	trainer := train.NewTrainer(backend, p.Store(), testnet.MLP, testnet.CrossEntropy,
		optimizer.StochasticGradientDescent().Done(), nil, nil)
	loop := train.NewLoop(trainer)
	recorder.Attach(loop)
	_, err = loop.RunSteps(testnet.Endless{Fixed: testnet.RandomBatches(1, 8, 10, 16)}, 2)
	return err
}

// twoProblems are those of two networks that differ in their weights.
func twoProblems(t testing.TB) (both [2]*landscape.Problem) {
	for i := range both {
		p, err := landscape.NewProblem(testnet.Quick(t), testnet.Store(int64(i+1)), testnet.MLP,
			testnet.CrossEntropy, testnet.RandomBatches(1, 8, 10, 32), nil)
		require.NoError(t, err)
		t.Cleanup(p.Close)
		both[i] = p
	}
	return both
}

func surfaceOf(t testing.TB, p *landscape.Problem) *landscape.Surface {
	s, err := p.Surface(background, landscape.SurfaceConfig{Resolution: 5, Seed: 1})
	require.NoError(t, err)
	return s
}

func profileOf(t testing.TB, p *landscape.Problem) *landscape.Profile {
	a, b, err := ends(p)
	require.NoError(t, err)
	l, err := p.Along(background, curve.Straight(a, b), landscape.AlongConfig{})
	require.NoError(t, err)
	return l
}

// background is the context of what is written while a process may be killed.
var background = context.Background()

// subjects make the command line's subject of a problem, which stays open.
func subjects(p *landscape.Problem) func(context.Context, []string) (*command.Subject, error) {
	return func(context.Context, []string) (*command.Subject, error) {
		return &command.Subject{Problem: p, Model: "a network", Data: "random", Loss: "nats"}, nil
	}
}

// content is what a folder holds, by name, folders below included.
func content(t testing.TB, folder string) map[string]string {
	t.Helper()
	held := map[string]string{}
	require.NoError(t, filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		held[strings.TrimPrefix(path, folder)] = string(text)
		return err
	}))
	return held
}
