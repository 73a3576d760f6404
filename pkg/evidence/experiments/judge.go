package experiments

import (
	"fmt"

	"lossland/pkg/evidence"
)

// claim judges a row's data: the interval by the plan's method, the verdict by its rule.
func (r row) claim(p evidence.Planned, d *Data, command string) (c evidence.Claim, err error) {
	defer recoverMissing(r.id, &err)
	found, err := r.judge(d)
	if err != nil {
		return evidence.Claim{}, fmt.Errorf("experiments: row %s: %w", r.id, err)
	}
	c = p.Decide(found, command)
	c.Picture = picturePath(r.id)
	return c, nil
}

// missingColumn is what column panics with. It doesn't leave the package: recoverMissing makes an
// error of it.
type missingColumn string

// column returns a column that must be there.
func (d *Data) column(name string) []float64 {
	c, ok := d.Columns[name]
	if !ok {
		panic(missingColumn(name))
	}
	return c
}

// recoverMissing makes an error of a missing column. It is deferred by readers of data, so that
// they can use columns without checking.
func recoverMissing(id string, err *error) {
	switch missing := recover().(type) {
	case nil:
	case missingColumn:
		*err = fmt.Errorf("experiments: the data of row %s have no column %q: "+
			"they were written by another version, measure the row again", id, string(missing))
	default:
		panic(missing)
	}
}
