package experiments

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"lossland/pkg/evidence"
	"lossland/pkg/viz"
)

// judged is a row of the table with what it was made of.
type judged struct {
	row   row
	data  *Data
	claim evidence.Claim
}

// Tabulate makes the table from the data in the folder, in the plan's order, and writes claims.json
// and the pictures. command is what makes a row again, with %s for its id. Rows without data are
// left out; a folder without any is an error.
func Tabulate(plan []evidence.Planned, folder, command string) ([]evidence.Claim, error) {
	table, err := judge(plan, folder, command)
	if err != nil {
		return nil, err
	}
	if len(table) == 0 {
		return nil, fmt.Errorf("experiments: %s holds no data of any row; measure some first",
			folder)
	}
	if err := writePictures(table, folder); err != nil {
		return nil, err
	}
	var claims []evidence.Claim
	for _, j := range table {
		claims = append(claims, j.claim)
	}
	return claims, evidence.WriteClaims(filepath.Join(folder, "claims.json"), claims)
}

// judge reads the data of each row and judges it. Rows without data are left out.
func judge(plan []evidence.Planned, folder, command string) (table []judged, err error) {
	for _, p := range plan {
		d, err := ReadData(folder, p.ID)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		r, err := rowOf(p.ID)
		if err != nil {
			return nil, err
		}
		claim, err := r.claim(p, d, fmt.Sprintf(command, p.ID))
		if err != nil {
			return nil, err
		}
		table = append(table, judged{r, d, claim})
	}
	return table, nil
}

// writePictures draws every row of the table into the folder.
func writePictures(table []judged, folder string) error {
	if err := os.MkdirAll(filepath.Join(folder, "pictures"), 0o755); err != nil {
		return fmt.Errorf("experiments: %w", err)
	}
	for _, j := range table {
		figure, err := j.row.picture(j.claim, j.data)
		if err != nil {
			return err
		}
		file := filepath.Join(folder, filepath.FromSlash(j.claim.Picture))
		if err := viz.Save(file, figure); err != nil {
			return fmt.Errorf("experiments: row %s: %w", j.row.id, err)
		}
	}
	return nil
}
