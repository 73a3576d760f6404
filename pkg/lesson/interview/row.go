package interview

import (
	"fmt"
	"path/filepath"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/session"
)

// ShowRow prints a row of the evidence table as it stands, so that a text needn't repeat its
// numbers: the line of [RowText], then what was measured and the row's note.
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
	fmt.Fprintln(session.Writer(), rowText(id, claims))
	c, ok := claims[id]
	if !ok {
		return nil
	}
	fmt.Fprintf(session.Writer(), "  %s.\n", c.Statistic)
	if c.Note != "" {
		fmt.Fprintf(session.Writer(), "  %s\n", c.Note)
	}
	return nil
}

// RowText is the first line that [ShowRow] prints, for a text that leans on a row.
func RowText(id string) (string, error) {
	claims, err := Claims()
	if err != nil {
		return "", err
	}
	return rowText(id, claims), nil
}

func rowText(id string, claims map[string]evidence.Claim) string {
	c, ok := claims[id]
	if !ok {
		return "row " + id + ": not measured yet (make evidence)"
	}
	return c.String()
}

// SAMRows reads evidence/sam-digits.json.
func SAMRows() ([]evidence.SAMRow, error) {
	return evidence.ReadSAMRows(filepath.Join(session.Root(), "evidence", "sam-digits.json"))
}
