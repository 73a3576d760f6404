package interview

import (
	"os"
	"path/filepath"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/session"
)

// Claims reads the evidence table of full scale, by row. Where it isn't there yet, the map is
// empty.
func Claims() (map[string]evidence.Claim, error) {
	path := filepath.Join(session.Root(), "evidence", "claims.json")
	byID := make(map[string]evidence.Claim)
	if _, err := os.Stat(path); os.IsNotExist(err) {
		return byID, nil
	}
	claims, err := evidence.ReadClaims(path)
	for _, c := range claims {
		byID[c.ID] = c
	}
	return byID, err
}

// PlannedRows lists the rows that evidence/plan.md fixes, in its order, and those of them that
// evidence/pending.txt announces as not measured yet.
func PlannedRows() (rows, pending []string, err error) {
	folder := filepath.Join(session.Root(), "evidence")
	plan, err := evidence.ReadPlan(filepath.Join(folder, "plan.md"))
	if err != nil {
		return nil, nil, err
	}
	for _, p := range plan {
		rows = append(rows, p.ID)
	}
	pending, err = evidence.ReadPending(filepath.Join(folder, "pending.txt"))
	return rows, pending, err
}
