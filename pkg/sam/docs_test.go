package sam_test

import (
	"os"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
)

// withSAM is the example of docs/sam.md.
func withSAM(
	backend compute.Backend, store *model.Store, modelFn train.ModelFn, lossFn train.LossFn,
	dataset train.Dataset,
) error {
	// The base is any GoMLX optimizer that takes gradients.
	base := sam.Momentum().Rate(0.1).WeightDecay(5e-4).Done()
	o := sam.New(base).Rho(0.05).Done()
	trainer := train.NewTrainer(backend, store, modelFn, lossFn, o, o.Metrics(), nil)
	loop := train.NewLoop(trainer)
	_, err := loop.RunSteps(dataset, 200) // nothing else changes
	return err
}

// TestDocs runs the example of docs/sam.md, and checks that the page shows what ran.
func TestDocs(t *testing.T) {
	source, err := os.ReadFile("docs_test.go")
	require.NoError(t, err)
	page, err := os.ReadFile("../../docs/sam.md")
	require.NoError(t, err)
	_, body, _ := strings.Cut(string(source), ") error {\n")
	body, _, _ = strings.Cut(body, "\n\treturn err")
	body = strings.ReplaceAll("\n"+body, "\n\t", "\n")
	require.Contains(t, string(page), "```go\nimport \"lossland/pkg/sam\"\n"+body+"\n```")
	require.NoError(t, withSAM(goBackend, seededStore(), asModelFn(smooth), crossEntropy,
		endless{}))
}
