package landscape

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/sbinet/npyio/npz"
	"gonum.org/v1/gonum/mat"
)

// FileConfig is what Surface.Save and Surface.WriteNPZ take.
type FileConfig struct {
	// Directions also writes the plane's origin and directions: three vectors of all weights. Default: their hashes alone.
	Directions bool
}

// Save writes the surface to a file, by its extension: .npz (see WriteNPZ), .csv (see WriteCSV) or .vtk (see WriteVTK). The file appears
// when it is complete: what was there before stays if writing fails. The same surface gives the same bytes.
func (s *Surface) Save(path string, cfg FileConfig) error {
	write := map[string]func(io.Writer) error{
		".npz": func(w io.Writer) error { return s.WriteNPZ(w, cfg) },
		".csv": s.WriteCSV,
		".vtk": s.WriteVTK,
	}[filepath.Ext(path)]
	if write == nil {
		return bad("Save", "path", path, "an extension .npz, .csv or .vtk")
	}
	return writeFile(path, write)
}

// writeFile writes a file and puts it in place when it is complete.
func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".unfinished-*")
	if err != nil {
		return fmt.Errorf("landscape: writing %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("landscape: writing %s: %w", path, err)
		}
	}()
	w := bufio.NewWriterSize(f, 1<<16)
	if err = write(w); err != nil {
		return err
	}
	if err = w.Flush(); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Chmod(f.Name(), 0o644); err != nil { // CreateTemp's is 0600.
		return err
	}
	return os.Rename(f.Name(), path)
}

// header is what a file says beside its arrays.
type header struct {
	Format  string   `json:"format"`
	Plane   string   `json:"plane"`
	Metrics []string `json:"metrics"`
	Done    int      `json:"done"`
	Cost    Cost     `json:"cost"`
	Arrays  string   `json:"arrays_sha256"` // of every array but the plane's, see Surface.hash.
	Record  Record   `json:"record"`
}

const npzFormat = "lossland surface 2"

// WriteNPZ writes NumPy's archive of arrays, for numpy.load:
//
//	alphas [a], betas [b]                     coordinates
//	loss, loss_stderr [a, b]                  Loss, NaN where there is none
//	data_loss, data_loss_stderr [a, b]        Data
//	metric_<name>, metric_<name>_stderr       Metrics
//	grad_norm [a, b]                          if SurfaceConfig.GradNorm
//	measured [a, b]                           Measured: 1, or 0 where the loss is interpolated or NaN
//	origin, direction_1, direction_2 [n]      if FileConfig.Directions
//	record                                    JSON as bytes: json.loads(bytes(f["record"]))
func (s *Surface) WriteNPZ(w io.Writer, cfg FileConfig) error {
	if cfg.Directions && (s.Plane == nil || s.Plane.Origin == nil) {
		return bad("WriteNPZ", "FileConfig.Directions", true, "a surface that holds its directions: this one was read from a file without them")
	}
	names := s.metricNames()
	head := header{Format: npzFormat, Metrics: names, Done: s.Done, Cost: s.Cost, Arrays: s.hash(), Record: s.Record}
	if s.Plane != nil {
		head.Plane = s.Plane.Name
	}
	record, err := json.Marshal(head)
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

func (s *Surface) metricNames() []string {
	names := make([]string, 0, len(s.Metrics))
	for name := range s.Metrics {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
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

// hash is the SHA-256 of the coordinates and of every column with its name, so that a changed number in a file doesn't go unnoticed.
func (s *Surface) hash() string {
	h := sha256.New()
	fmt.Fprintln(h, HashWeights(s.Loss.Alphas), HashWeights(s.Loss.Betas))
	for _, c := range s.columns() {
		fmt.Fprintln(h, c.name, HashWeights(slices.Concat(c.value...)))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func matrix(rows [][]float64) *mat.Dense {
	m := mat.NewDense(len(rows), len(rows[0]), nil)
	for i, row := range rows {
		m.SetRow(i, row)
	}
	return m
}

// LoadSurface reads an .npz file that Save wrote: every number bit for bit. What is in it is checked against the hashes in its record. To know that the surface belongs to a problem, ask its Record.Check.
func LoadSurface(path string) (*Surface, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("landscape: LoadSurface: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("landscape: LoadSurface: %w", err)
	}
	s, err := ReadNPZ(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("landscape: LoadSurface: %s: %w", path, err)
	}
	return s, nil
}

// ReadNPZ is LoadSurface for any reader.
func ReadNPZ(r io.ReaderAt, size int64) (*Surface, error) {
	archive, err := npz.NewReader(r, size)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	d := &unpacker{r: archive}
	var head header
	if err := json.Unmarshal(read[uint8](d, "record"), &head); err != nil && d.err == nil {
		d.err = fmt.Errorf("array \"record\": %w", err)
	}
	if head.Format != npzFormat && d.err == nil {
		d.err = fmt.Errorf("its format is %q; want %q", head.Format, npzFormat)
	}
	s := &Surface{Done: head.Done, Cost: head.Cost, Record: head.Record, Metrics: make(map[string]Grid), Plane: &Plane{Name: head.Plane}}
	d.alphas, d.betas = read[float64](d, "alphas"), read[float64](d, "betas")
	s.Loss, s.Data = d.grid("loss"), d.grid("data_loss")
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
		s.Plane.Origin = read[float64](d, "origin")
		s.Plane.D1, s.Plane.D2 = read[float64](d, "direction_1"), read[float64](d, "direction_2")
	}
	if d.err != nil {
		return nil, d.err
	}
	if found := s.hash(); found != head.Arrays {
		return nil, &Mismatch{"arrays", head.Arrays, found}
	}
	return s, s.checkDirections()
}

// truths is the inverse of measured.
func truths(rows [][]float64) [][]bool {
	out := make([][]bool, len(rows))
	for i, row := range rows {
		out[i] = make([]bool, len(row))
		for j, x := range row {
			out[i][j] = x != 0
		}
	}
	return out
}

// checkDirections compares the plane with the hashes in the record.
func (s *Surface) checkDirections() error {
	if s.Plane.Origin == nil {
		return nil
	}
	both := append(append([]float64{}, s.Plane.D1...), s.Plane.D2...)
	for _, m := range []Mismatch{{"weights", s.Record.Weights, HashWeights(s.Plane.Origin)}, {"directions", s.Record.Directions, HashWeights(both)}} {
		if m.Recorded != m.Found {
			return &m
		}
	}
	return nil
}

// unpacker reads arrays until one fails.
type unpacker struct {
	r             *npz.Reader
	alphas, betas []float64
	err           error
}

func (d *unpacker) has(name string) bool {
	return slices.Contains(d.r.Keys(), name+".npy") || slices.Contains(d.r.Keys(), name)
}

func read[T uint8 | float64](d *unpacker, name string) []T {
	var out []T
	if d.err == nil {
		if d.err = d.r.Read(name, &out); d.err != nil {
			d.err = fmt.Errorf("array %q: %w", name, d.err)
		}
	}
	return out
}

func (d *unpacker) rows(name string) [][]float64 {
	flat := read[float64](d, name)
	if d.err == nil && len(flat) != len(d.alphas)*len(d.betas) {
		d.err = fmt.Errorf("array %q has %d numbers; want %d×%d", name, len(flat), len(d.alphas), len(d.betas))
	}
	if d.err != nil {
		return nil
	}
	out := make([][]float64, len(d.alphas))
	for i := range out {
		out[i] = flat[i*len(d.betas):][:len(d.betas):len(d.betas)]
	}
	return out
}

func (d *unpacker) grid(name string) Grid {
	return Grid{Alphas: d.alphas, Betas: d.betas, Value: d.rows(name), StdErr: d.rows(name + "_stderr")}
}
