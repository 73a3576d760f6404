package dataset

import (
	"bufio"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// openCSV opens a table of numbers, a line for each example, as the array x and one of
// the labels: theirs is one column, x are the others in their order. A first line that isn't
// numbers names the columns; without it the labels are called y.
func openCSV(path string, cfg Config) (part, error) {
	info, err := os.Stat(path)
	if err != nil {
		return part{}, err
	}
	// A number takes a digit and a comma at least, and 8 bytes in memory.
	if most := 4 * info.Size(); most > cfg.MaxBytes {
		return part{}, fmt.Errorf("%s: %w", path, errTooLarge("the table", most, cfg.MaxBytes))
	}
	t, err := readTable(path, cfg.Labels)
	if err != nil {
		return part{}, fmt.Errorf("%s: %w", path, err)
	}
	rows := len(t.y) / 8
	p := part{path: path, fields: []Field{
		{Name: "x", Shape: shapes.Make(dtypes.Float64, rows, t.columns-1), Shapeless: true},
		{Name: t.name, Shape: shapes.Make(dtypes.Float64, rows), Shapeless: true}}}
	p.load = func(fields []Field) (arrays []array, err error) {
		for _, f := range fields {
			data := t.x
			if f.Name == t.name {
				data = t.y
			}
			arrays = append(arrays, array{dtypes.Float64, f.Shape.Dimensions, data})
		}
		return arrays, nil
	}
	return p, nil
}

// table is a file of numbers in float64.
type table struct {
	columns, label int
	name           string // of the labels.
	x, y           []byte
}

// readTable reads a whole file.
func readTable(path, label string) (*table, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text := bufio.NewReader(file)
	if mark, _ := text.Peek(3); string(mark) == "\ufeff" { // as Excel's "CSV UTF-8" begins.
		_, _ = text.Discard(3)
	}
	in := csv.NewReader(text)
	in.ReuseRecord, in.TrimLeadingSpace = true, true
	t := &table{}
	for first := true; ; first = false {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if first {
			if t.columns = len(row); t.columns < 2 {
				return nil, errors.New("it has one column; want one for each number of an " +
					"example, and one for the label")
			}
			named := slices.ContainsFunc(row, func(cell string) bool { return !isNumber(cell) })
			if named && slices.ContainsFunc(row, isNumber) && !slices.ContainsFunc(row,
				func(cell string) bool {
					return isLabel(strings.TrimSpace(cell)) || label != "" && cell == label
				}) {
				return nil, fmt.Errorf("its first line, %q, has numbers and others: want the "+
					"names of the columns, or an example without gaps", row[:min(len(row), 20)])
			}
			if t.label, err = labelColumn(row, named, label); err != nil {
				return nil, err
			}
			if t.name = "y"; named {
				t.name = strings.TrimSpace(row[t.label])
				continue
			}
		}
		if err := t.add(in, row); err != nil {
			return nil, err
		}
	}
	if len(t.y) == 0 {
		return nil, errors.New("it has no example")
	}
	return t, nil
}

func isNumber(cell string) bool {
	_, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
	return err == nil
}

// labelColumn finds the labels: the column of that name or of a usual one, else the last.
func labelColumn(names []string, named bool, label string) (int, error) {
	if label != "" && (named || label != "y") {
		if i := slices.Index(names, label); named && i >= 0 {
			return i, nil
		}
		return 0, fmt.Errorf("there is no column %q for the labels; its first line is %q", label,
			names[:min(len(names), 20)])
	}
	if named {
		for i, name := range names {
			if isLabel(strings.TrimSpace(name)) {
				return i, nil
			}
		}
	}
	return len(names) - 1, nil
}

// add appends an example.
func (t *table) add(in *csv.Reader, row []string) error {
	for i, cell := range row {
		v, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
		if err != nil {
			line, column := in.FieldPos(i)
			return fmt.Errorf("line %d, column %d: %q is no number; number classes from 0, and "+
				"leave out examples with gaps", line, column, cell)
		}
		to := &t.x
		if i == t.label {
			to = &t.y
		}
		*to = binary.LittleEndian.AppendUint64(*to, math.Float64bits(v))
	}
	return nil
}
