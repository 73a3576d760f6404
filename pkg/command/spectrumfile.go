package command

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/sbinet/npyio/npz"

	"lossland/internal/atomicfile"
	"lossland/internal/numpy"
	"lossland/pkg/landscape"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// spectrumHeader is what a spectrum's file says beside its arrays.
type spectrumHeader struct {
	Format    string           `json:"format"`
	Dim       int              `json:"dim"`
	Status    result.Status    `json:"status"`
	Method    spectrum.Method  `json:"method"`
	Tolerance float64          `json:"tolerance"`
	Seed      uint64           `json:"seed"`
	Steps     []int            `json:"steps"` // of each probe; empty: no density.
	Cost      result.Cost      `json:"cost"`
	Arrays    string           `json:"arrays_sha256"`
	Record    landscape.Record `json:"record"`
}

const spectrumFormat = "lossland spectrum 1"

// arrays are a spectrum's numbers: values and residuals of the eigenpairs, and the nodes and
// weights of all probes, one after the other.
func (m *measured) arrays() (names []string, values [][]float64) {
	names = []string{"values", "residuals", "nodes", "weights"}
	var nodes, weights []float64
	if m.density != nil {
		for _, q := range m.density.Probes {
			nodes, weights = append(nodes, q.Nodes...), append(weights, q.Weights...)
		}
	}
	return names, [][]float64{m.pairs.Values, m.pairs.Residuals, nodes, weights}
}

// hash is that of the arrays.
func hashArrays(values [][]float64) string {
	h := sha256.New()
	for _, v := range values {
		fmt.Fprintln(h, len(v), landscape.HashWeights(v))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// writeNPZ writes an archive for numpy.load and for draw.
func (m *measured) writeNPZ(path string) error {
	names, values := m.arrays()
	head := spectrumHeader{Format: spectrumFormat, Dim: m.pairs.Dim, Status: m.pairs.Status,
		Method: m.pairs.Method, Tolerance: m.pairs.Tolerance, Seed: m.pairs.Seed,
		Cost: m.cost(), Arrays: hashArrays(values), Record: m.record}
	if m.density != nil {
		for _, q := range m.density.Probes {
			head.Steps = append(head.Steps, len(q.Nodes))
		}
	}
	record, err := json.Marshal(head)
	if err != nil {
		return err
	}
	return atomicfile.WriteTo(path, func(w io.Writer) error {
		out := npz.NewWriter(w)
		if err := out.Write("record", record); err != nil {
			return err
		}
		for i, name := range names {
			if err := out.Write(name, values[i]); err != nil {
				return fmt.Errorf("array %q: %w", name, err)
			}
		}
		return out.Close()
	})
}

// writeCSV writes a line for each eigenvalue, and for each node of the density.
func (m *measured) writeCSV(path string) error {
	digits := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	return atomicfile.WriteTo(path, func(w io.Writer) error {
		out := csv.NewWriter(w)
		lines := [][]string{{"kind", "probe", "eigenvalue", "residual", "weight"}}
		for i, v := range m.pairs.Values {
			lines = append(lines, []string{"eigenvalue", "", digits(v),
				digits(m.pairs.Residuals[i]), ""})
		}
		if m.density != nil {
			for k, q := range m.density.Probes {
				for i, v := range q.Nodes {
					lines = append(lines, []string{"node", strconv.Itoa(k), digits(v), "",
						digits(q.Weights[i])})
				}
			}
		}
		return out.WriteAll(lines)
	})
}

// isSpectrum says whether an archive's record is a spectrum's.
func isSpectrum(path string) bool {
	_, head, err := openSpectrum(path)
	return err == nil && head.Format == spectrumFormat
}

// openSpectrum reads an archive's record.
func openSpectrum(path string) (a *numpy.Archive, head spectrumHeader, err error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, head, err
	}
	if a, err = numpy.NewArchive(reader(content), int64(len(content))); err != nil {
		return nil, head, err
	}
	record, err := a.Bytes("record")
	if err == nil {
		err = json.Unmarshal(record, &head)
	}
	return a, head, err
}

// reader is bytes as an io.ReaderAt.
type reader []byte

// ReadAt implements io.ReaderAt.
func (r reader) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 || at >= int64(len(r)) {
		return 0, io.EOF
	}
	n := copy(p, r[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// loadSpectrum reads what writeNPZ wrote, and checks it against its hash.
func loadSpectrum(path string) (*measured, error) {
	a, head, err := openSpectrum(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	m := &measured{record: head.Record, pairs: &spectrum.Eigenpairs{Dim: head.Dim,
		Status: head.Status, Tolerance: head.Tolerance, Seed: head.Seed, Cost: head.Cost,
		MadeBy: spectrum.MadeBy{Method: head.Method}}}
	var values [][]float64
	names, _ := m.arrays()
	for _, name := range names {
		v, err := a.Floats(name)
		if err != nil {
			return nil, fmt.Errorf("%s: array %q: %w", path, name, err)
		}
		values = append(values, v)
	}
	if found := hashArrays(values); found != head.Arrays {
		return nil, fmt.Errorf("%s: its numbers aren't those that were written: recorded %s, "+
			"found %s", path, head.Arrays, found)
	}
	m.pairs.Values, m.pairs.Residuals = values[0], values[1]
	if len(values[0]) != len(values[1]) || len(values[2]) != len(values[3]) {
		return nil, fmt.Errorf("%s: its arrays differ in length", path)
	}
	if m.density, err = densityOf(head, values[2], values[3]); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// densityOf cuts the probes out of their arrays; nil without probes.
func densityOf(head spectrumHeader, nodes, weights []float64) (*spectrum.Density, error) {
	if len(head.Steps) == 0 {
		return nil, nil
	}
	d := &spectrum.Density{Dim: head.Dim, Seed: head.Seed}
	for _, n := range head.Steps {
		if n < 1 || n > len(nodes) {
			return nil, fmt.Errorf("its probes don't fit its %d nodes", len(nodes))
		}
		d.Probes = append(d.Probes, spectrum.Quadrature{Nodes: nodes[:n], Weights: weights[:n]})
		nodes, weights = nodes[n:], weights[n:]
	}
	return d, nil
}
