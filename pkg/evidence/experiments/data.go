package experiments

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"lossland/internal/atomicfile"
	"lossland/pkg/lesson/session"
)

// Data is what a row measured: everything that its statistic, interval, verdict and picture are
// made of.
type Data struct {
	ID    string        `json:"id"`
	Scale session.Scale `json:"scale"`
	// Columns hold one number for each unit (seed, model, point), all of one length.
	Columns map[string]Column `json:"columns"`
	// Series are curves and spectra for pictures, by name.
	Series map[string]Column `json:"series,omitempty"`
	// Facts are single numbers, such as a cap or a theory's value.
	Facts map[string]float64 `json:"facts,omitempty"`
}

// Column is a list of numbers; what isn't finite is null in JSON, and NaN when read.
type Column []float64

// MarshalJSON implements json.Marshaler.
func (c Column) MarshalJSON() ([]byte, error) {
	list := make([]*float64, len(c))
	for i := range c {
		if !math.IsNaN(c[i]) && !math.IsInf(c[i], 0) {
			list[i] = &c[i]
		}
	}
	return json.Marshal(list)
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *Column) UnmarshalJSON(text []byte) error {
	var list []*float64
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	*c = make(Column, len(list))
	for i, v := range list {
		(*c)[i] = math.NaN()
		if v != nil {
			(*c)[i] = *v
		}
	}
	return nil
}

// newData begins the data of a row.
func newData(l *lab, id string) *Data {
	return &Data{ID: id, Scale: l.scale, Columns: map[string]Column{},
		Series: map[string]Column{}, Facts: map[string]float64{}}
}

// add appends a row to the columns, given as name, value, name, value …
func (d *Data) add(pairs ...any) {
	for i := 0; i < len(pairs); i += 2 {
		name := pairs[i].(string)
		switch v := pairs[i+1].(type) {
		case float64:
			d.Columns[name] = append(d.Columns[name], v)
		case int:
			d.Columns[name] = append(d.Columns[name], float64(v))
		case uint64:
			d.Columns[name] = append(d.Columns[name], float64(v))
		case bool:
			d.Columns[name] = append(d.Columns[name], indicator(v))
		default:
			panic(fmt.Sprintf("experiments: column %s of %T", name, v))
		}
	}
}

// indicator is 1 for true.
func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// dataFile is where a row's data lie below the evidence folder.
func dataFile(folder, id string) string { return filepath.Join(folder, "data", id+".json") }

// write stores the data, one line a column so that a change shows in a diff, in one step.
func (d *Data) write(folder string) error {
	var text bytes.Buffer
	fmt.Fprintf(&text, "{\n\"id\": %q,\n\"scale\": %q,\n", d.ID, d.Scale)
	writeTable(&text, "columns", d.Columns)
	text.WriteString(",\n")
	writeTable(&text, "series", d.Series)
	text.WriteString(",\n")
	writeTable(&text, "facts", d.Facts)
	text.WriteString("\n}\n")
	file := dataFile(folder, d.ID)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("experiments: %w", err)
	}
	if err := atomicfile.Write(file, text.Bytes()); err != nil {
		return fmt.Errorf("experiments: %w", err)
	}
	return nil
}

// writeTable writes a map in the order of its keys.
func writeTable[T any](text *bytes.Buffer, name string, table map[string]T) {
	fmt.Fprintf(text, "%q: {", name)
	for i, key := range slices.Sorted(maps.Keys(table)) {
		line, err := json.Marshal(table[key])
		if err != nil {
			panic(err) // numbers and columns can be written
		}
		separator := ","
		if i == 0 {
			separator = ""
		}
		fmt.Fprintf(text, "%s\n %q: %s", separator, key, line)
	}
	text.WriteString("\n}")
}

// ReadData reads the measurements of a row from the evidence folder.
func ReadData(folder, id string) (*Data, error) {
	text, err := os.ReadFile(dataFile(folder, id))
	if err != nil {
		return nil, fmt.Errorf("experiments: %w", err)
	}
	var d Data
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("experiments: %s: %w", dataFile(folder, id), err)
	}
	if d.ID != id {
		return nil, fmt.Errorf("experiments: %s holds row %q, want %q",
			dataFile(folder, id), d.ID, id)
	}
	return &d, nil
}
