package evidence

import (
	"encoding/json"
	"fmt"
	"os"

	"lossland/internal/atomicfile"
)

// SAMRow is what `lossland sam-digits` measured with one optimizer and one share of wrong labels:
// a value for each seed 1, 2, …. The file evidence/sam-digits.json is a list of them.
type SAMRow struct {
	Optimizer    string    `json:"optimizer"`
	LabelNoise   float64   `json:"label_noise"`
	LambdaMax    []float64 `json:"lambda_max"`        // of the Hessian of the training loss
	GaussianRise []float64 `json:"gaussian_rise"`     // of the training loss, σ = 0.01, 20 draws
	TestAccuracy []float64 `json:"test_accuracy"`     // shares, on 360 clean digits
	TrainingLoss []float64 `json:"training_loss_end"` // on the labels trained on
}

// ReadSAMRows reads such a file.
func ReadSAMRows(path string) ([]SAMRow, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("evidence: %w (`lossland sam-digits` writes it)", err)
	}
	var rows []SAMRow
	if err := json.Unmarshal(content, &rows); err != nil {
		return nil, fmt.Errorf("evidence: %s: %w", path, err)
	}
	return rows, nil
}

// WriteSAMRows writes such a file in one step.
func WriteSAMRows(path string, rows []SAMRow) error {
	text, err := json.MarshalIndent(rows, "", " ")
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	if err := atomicfile.Write(path, append(text, '\n')); err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	return nil
}

// Gain is how many points of test accuracy a row has over another, seed by seed.
func (r SAMRow) Gain(over SAMRow) (Interval, error) {
	return PairedDifference(inPoints(r.TestAccuracy), inPoints(over.TestAccuracy))
}

// inPoints turns shares into points of a hundred.
func inPoints(shares []float64) []float64 {
	points := make([]float64, len(shares))
	for i, share := range shares {
		points[i] = 100 * share
	}
	return points
}
