package landscape

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"lossland/internal/atomicfile"
)

// FileConfig is what Save and Write take.
type FileConfig struct {
	// Directions also writes the plane's origin and directions: three vectors of all weights.
	// In .npz files only.
	// Default false: only their hashes.
	Directions bool
}

// Save writes the surface to a file, in the format of its extension: see Write. The file appears
// when it is complete; if writing fails, an older file stays as it was.
func (s *Surface) Save(path string, cfg FileConfig) error {
	write, err := s.writer("Save", "path", path, filepath.Ext(path), cfg)
	if err != nil {
		return err
	}
	return writeFile(path, write)
}

// Write writes the surface in one of three formats. The same surface gives the same bytes.
//
//	.npz   NumPy's archive of arrays, for numpy.load and LoadSurface:
//	       alphas [a], betas [b]                 coordinates
//	       loss, loss_stderr [a, b]              Loss, NaN where there is none
//	       data_loss, data_loss_stderr [a, b]    Data
//	       metric_<name>, metric_<name>_stderr   Metrics
//	       grad_norm [a, b]                      if SurfaceConfig.GradNorm
//	       measured [a, b]                       1, or 0 where the loss is interpolated or NaN
//	       origin, direction_1, direction_2 [n]  if FileConfig.Directions
//	       record                                JSON: json.loads(bytes(f["record"]))
//	.csv   a line for each cell, β running fastest, under a line of names; numbers have as many
//	       digits as it takes to read them back bit for bit
//	.vtk   a structured grid in VTK's legacy binary format 3.0, which ParaView opens (its filter
//	       "Warp By Scalar" shows a relief)
func (s *Surface) Write(w io.Writer, extension string, cfg FileConfig) error {
	write, err := s.writer("Write", "extension", extension, extension, cfg)
	if err != nil {
		return err
	}
	return write(w)
}

// writer is what writes the surface in the format of an extension.
func (s *Surface) writer(fn, name, got, extension string, cfg FileConfig) (
	func(io.Writer) error, error) {
	if s == nil || len(s.Loss.Value) == 0 {
		return nil, bad(fn, "the surface", "without a point", "one that was measured")
	}
	switch extension {
	case ".npz":
		return func(w io.Writer) error { return s.writeNPZ(w, cfg) }, nil
	case ".csv":
		return s.writeCSV, nil
	case ".vtk":
		return s.writeVTK, nil
	}
	return nil, bad(fn, name, got, "an extension .npz, .csv or .vtk")
}

// LoadSurface reads an .npz file that Save wrote, every number bit for bit. It checks the contents
// against the hashes in the record. Record.Check tells whether the surface belongs to a problem.
//
// A damaged or forged file is an error. Reading takes no more memory than the content does,
// whatever the file claims to hold.
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
	s, err := readNPZ(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("landscape: LoadSurface: %s: %w", path, err)
	}
	return s, nil
}

// Save writes the profile to a file as a surface of one row (see Profile.Surface and Surface.Save).
// LoadSurface reads it. FileConfig.Directions works for straight curves only.
func (l *Profile) Save(path string, cfg FileConfig) error {
	if cfg.Directions && l.plane == nil {
		return bad("Save", "FileConfig.Directions", true,
			"false: only a straight curve that Along has just measured has directions to write")
	}
	return l.Surface().Save(path, cfg)
}

// writeFile writes a file and puts it in place when it is complete.
func writeFile(path string, write func(io.Writer) error) error {
	if err := atomicfile.WriteTo(path, write); err != nil {
		return fmt.Errorf("landscape: writing %s: %w", path, err)
	}
	return nil
}

// column is a number at every cell, as files name it.
type column struct {
	name  string
	value [][]float64
}

// columns are the surface's numbers in the order of files.
func (s *Surface) columns() []column {
	var out []column
	add := func(name string, g Grid) {
		out = append(out, column{name, g.Value}, column{name + "_stderr", g.StdErr})
	}
	add("loss", s.Loss)
	add("data_loss", s.Data)
	for _, name := range s.metricNames() {
		add("metric_"+name, s.Metrics[name])
	}
	if s.GradNorm != nil {
		out = append(out, column{"grad_norm", s.GradNorm})
	}
	if s.Measured != nil {
		out = append(out, column{"measured", s.measured()})
	}
	return out
}

func (s *Surface) metricNames() []string {
	names := make([]string, 0, len(s.Metrics))
	for name := range s.Metrics {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// measured is Measured in numbers, 1 for true.
func (s *Surface) measured() [][]float64 {
	out := make([][]float64, len(s.Measured))
	for i, row := range s.Measured {
		out[i] = make([]float64, len(row))
		for j, yes := range row {
			if yes {
				out[i][j] = 1
			}
		}
	}
	return out
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

// hash is the SHA-256 of the coordinates and of every column with its name, so that a changed
// number in a file doesn't go unnoticed.
func (s *Surface) hash() string {
	h := sha256.New()
	fmt.Fprintln(h, HashWeights(s.Loss.Alphas), HashWeights(s.Loss.Betas))
	for _, c := range s.columns() {
		fmt.Fprintln(h, c.name, HashWeights(slices.Concat(c.value...)))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// checkDirections compares the plane with the hashes in the record.
func (s *Surface) checkDirections() error {
	if s.Plane.Origin == nil {
		return nil
	}
	directions := HashWeights(slices.Concat(s.Plane.D1, s.Plane.D2))
	for _, m := range []Mismatch{
		{"weights", s.Record.Weights, HashWeights(s.Plane.Origin)},
		{"directions", s.Record.Directions, directions},
	} {
		if m.Recorded != m.Found {
			return &m
		}
	}
	return nil
}
