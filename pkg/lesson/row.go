package lesson

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"lossland/pkg/evidence"
)

// ShowRow prints a row of the evidence table as it stands, so that a text needn't repeat its numbers:
//
//	row M2, mixed: effect 0.9097 [0.8723, 0.9471], wanted > 0.9, n = 10
//	  what it measures …
//	  what its note says …
//
// A row that hasn't been measured yet is no error.
func ShowRow(id string) error {
	claims, err := Claims()
	if err != nil {
		return err
	}
	c, ok := claims[id]
	if !ok {
		fmt.Fprintf(output(), "row %s: not measured yet\n", id)
		return nil
	}
	fmt.Fprintf(output(), "row %s, %s: effect %s, wanted %s, n = %d\n  %s.\n", id, c.Verdict, effectTo(4, c), c.Threshold, c.N, c.Statistic)
	if c.Note != "" {
		fmt.Fprintf(output(), "  %s\n", c.Note)
	}
	return nil
}

// SAMRow is what `lossland sam-digits` measured with one optimizer and one share of wrong labels: a value for each seed.
type SAMRow struct {
	Optimizer    string    `json:"optimizer"`
	LabelNoise   float64   `json:"label_noise"`
	LambdaMax    []float64 `json:"lambda_max"`
	TestAccuracy []float64 `json:"test_accuracy"` // shares, on clean labels
}

// SAMRows reads evidence/sam-digits.json.
func SAMRows() ([]SAMRow, error) {
	path := filepath.Join(root(), "evidence", "sam-digits.json")
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("lesson: %w (`lossland sam-digits` writes it)", err)
	}
	var rows []SAMRow
	if err := json.Unmarshal(content, &rows); err != nil {
		return nil, fmt.Errorf("lesson: %s: %w", path, err)
	}
	return rows, nil
}

// Gain is how many points of test accuracy a row has over another, seed by seed.
func (r SAMRow) Gain(over SAMRow) (evidence.Interval, error) {
	return evidence.PairedDifference(inPoints(r.TestAccuracy), inPoints(over.TestAccuracy))
}

func inPoints(shares []float64) []float64 {
	points := make([]float64, len(shares))
	for i, share := range shares {
		points[i] = 100 * share
	}
	return points
}
