package landscape

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"lossland/internal/numpy"
	"lossland/pkg/result"

	"github.com/sbinet/npyio/npz"
	"gonum.org/v1/gonum/mat"
)

// header is what a file says beside its arrays.
type header struct {
	Format  string      `json:"format"`
	Plane   string      `json:"plane"`
	Metrics []string    `json:"metrics"`
	Done    int         `json:"done"`
	Cost    result.Cost `json:"cost"`
	Arrays  string      `json:"arrays_sha256"` // of every array but the plane's, see Surface.hash.
	Record  Record      `json:"record"`
}

const npzFormat = "lossland surface 2"

// writeNPZ writes what Write says of .npz.
func (s *Surface) writeNPZ(w io.Writer, cfg FileConfig) error {
	if cfg.Directions && (s.Plane == nil || s.Plane.Origin == nil) {
		return bad("writeNPZ", "FileConfig.Directions", true, "a surface that holds its "+
			"directions: this one was read from a file without them")
	}
	record, err := json.Marshal(s.header())
	if err != nil {
		return err
	}
	a := &archive{w: npz.NewWriter(w)}
	a.write("record", record)
	a.write("alphas", s.Loss.Alphas)
	a.write("betas", s.Loss.Betas)
	for _, c := range s.columns() {
		a.write(c.name, matrix(c.value))
	}
	if cfg.Directions {
		a.write("origin", s.Plane.Origin)
		a.write("direction_1", s.Plane.D1)
		a.write("direction_2", s.Plane.D2)
	}
	if a.err != nil {
		return a.err
	}
	return a.w.Close()
}

func (s *Surface) header() header {
	h := header{Format: npzFormat, Metrics: s.metricNames(), Done: s.Done, Cost: s.Cost,
		Arrays: s.hash(), Record: s.Record}
	if s.Plane != nil {
		h.Plane = s.Plane.Name
	}
	return h
}

// archive writes arrays until one fails.
type archive struct {
	w   *npz.Writer
	err error
}

func (a *archive) write(name string, v any) {
	if a.err == nil {
		if a.err = a.w.Write(name, v); a.err != nil {
			a.err = fmt.Errorf("array %q: %w", name, a.err)
		}
	}
}

func matrix(rows [][]float64) *mat.Dense {
	m := mat.NewDense(len(rows), len(rows[0]), nil)
	for i, row := range rows {
		m.SetRow(i, row)
	}
	return m
}

// readNPZ is LoadSurface for any reader of that many bytes.
func readNPZ(r io.ReaderAt, size int64) (*Surface, error) {
	entries, err := numpy.NewArchive(r, size)
	if err != nil {
		return nil, err
	}
	d := &unpacker{archive: entries}
	if !d.has("record") {
		return nil, errors.New("it is no surface that Save wrote: it has no record")
	}
	head := d.header()
	s := &Surface{Done: head.Done, Cost: head.Cost, Record: head.Record,
		Plane: &Plane{Name: head.Plane}}
	d.axes()
	s.Loss, s.Data = d.grid("loss"), d.grid("data_loss")
	s.Metrics = make(map[string]Grid)
	for _, name := range head.Metrics {
		s.Metrics[name] = d.grid("metric_" + name)
	}
	if d.has("grad_norm") {
		s.GradNorm = d.rows("grad_norm")
	}
	if d.has("measured") {
		s.Measured = truths(d.rows("measured"))
	}
	if d.has("origin") {
		s.Plane.Origin = d.floats("origin")
		s.Plane.D1, s.Plane.D2 = d.floats("direction_1"), d.floats("direction_2")
	}
	if d.err != nil {
		return nil, d.err
	}
	if found := s.hash(); found != head.Arrays {
		return nil, &Mismatch{"arrays", head.Arrays, found}
	}
	return s, s.checkDirections()
}

// unpacker reads arrays until one fails.
type unpacker struct {
	archive       *numpy.Archive
	alphas, betas []float64
	err           error
}

// fail keeps the first error.
func (d *unpacker) fail(name string, err error) {
	if err != nil && d.err == nil {
		d.err = fmt.Errorf("array %q: %w", name, err)
	}
}

func (d *unpacker) has(name string) bool { return d.archive.Has(name) }

// header reads what isn't an array.
func (d *unpacker) header() (head header) {
	data, err := d.archive.Bytes("record")
	if err == nil {
		err = json.Unmarshal(data, &head)
	}
	d.fail("record", err)
	if head.Format != npzFormat && d.err == nil {
		d.err = fmt.Errorf("its format is %q; want %q", head.Format, npzFormat)
	}
	return head
}

// axes reads the coordinates.
func (d *unpacker) axes() {
	d.alphas, d.betas = d.floats("alphas"), d.floats("betas")
	if d.err == nil {
		d.fail("alphas", checkAxis("readNPZ", "alphas", d.alphas, 1))
		d.fail("betas", checkAxis("readNPZ", "betas", d.betas, 1))
	}
}

func (d *unpacker) floats(name string) []float64 {
	if d.err != nil {
		return nil
	}
	values, err := d.archive.Floats(name)
	d.fail(name, err)
	return values
}

// rows reads an array of the grid's shape.
func (d *unpacker) rows(name string) [][]float64 {
	flat := d.floats(name)
	a, b := len(d.alphas), len(d.betas)
	if d.err == nil && (b > math.MaxInt/a || len(flat) != a*b) {
		d.fail(name, fmt.Errorf("it has %d numbers; want %d×%d", len(flat), a, b))
	}
	if d.err != nil {
		return nil
	}
	out := make([][]float64, a)
	for i := range out {
		out[i] = flat[i*b:][:b:b]
	}
	return out
}

func (d *unpacker) grid(name string) Grid {
	return Grid{Alphas: d.alphas, Betas: d.betas,
		Value: d.rows(name), StdErr: d.rows(name + "_stderr")}
}
