package interview

import (
	"fmt"
	"path/filepath"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/session"
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
		fmt.Fprintf(session.Writer(), "row %s: not measured yet\n", id)
		return nil
	}
	fmt.Fprintf(session.Writer(), "row %s, %s: effect %s, wanted %s, n = %d\n  %s.\n", id, c.Verdict, effectTo(4, c), c.Threshold, c.N, c.Statistic)
	if c.Note != "" {
		fmt.Fprintf(session.Writer(), "  %s\n", c.Note)
	}
	return nil
}

// SAMRows reads evidence/sam-digits.json.
func SAMRows() ([]evidence.SAMRow, error) {
	return evidence.ReadSAMRows(filepath.Join(session.Root(), "evidence", "sam-digits.json"))
}
