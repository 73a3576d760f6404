package interview

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

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

// planned is a row of the tables in evidence/plan.md.
var planned = regexp.MustCompile(`(?m)^\| ([A-Z]\d+) \|`)

// PlannedRows lists the rows that evidence/plan.md fixes, in its order, and those of them that
// evidence/pending.txt announces as not measured yet.
func PlannedRows() (rows, pending []string, err error) {
	plan, err := os.ReadFile(filepath.Join(session.Root(), "evidence", "plan.md"))
	if err != nil {
		return nil, nil, err
	}
	for _, row := range planned.FindAllStringSubmatch(string(plan), -1) {
		rows = append(rows, row[1])
	}
	announced, err := os.ReadFile(filepath.Join(session.Root(), "evidence", "pending.txt"))
	if err != nil && !os.IsNotExist(err) {
		return nil, nil, err
	}
	return rows, strings.Fields(string(announced)), nil
}
