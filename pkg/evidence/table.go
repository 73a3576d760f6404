package evidence

import (
	"encoding/json"
	"fmt"
	"os"

	"lossland/internal/atomicfile"
)

// ReadClaims reads a table, a JSON array of claims, and checks it.
func ReadClaims(path string) ([]Claim, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	var claims []Claim
	if err := json.Unmarshal(content, &claims); err != nil {
		return nil, fmt.Errorf("evidence: %s: %w", path, err)
	}
	if err := checkAll(claims); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return claims, nil
}

// WriteClaims checks a table and writes it in one step: an old table is never half overwritten.
func WriteClaims(path string, claims []Claim) error {
	if err := checkAll(claims); err != nil {
		return err
	}
	content, err := json.MarshalIndent(claims, "", "  ")
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	if err := atomicfile.Write(path, append(content, '\n')); err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	return nil
}

// checkAll checks each row and that no id occurs twice.
func checkAll(claims []Claim) error {
	seen := map[string]bool{}
	for _, c := range claims {
		if err := c.check(); err != nil {
			return err
		}
		if seen[c.ID] {
			return fmt.Errorf("evidence: claim %s occurs twice", c.ID)
		}
		seen[c.ID] = true
	}
	return nil
}
