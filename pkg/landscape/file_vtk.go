package landscape

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// writeVTK writes a structured grid in VTK's legacy binary format, version 3.0, which ParaView
// opens. It holds the points (α, β, 0), and at each the loss, its standard error and whatever else
// was measured. To see the surface as a relief, use ParaView's filter "Warp By Scalar".
//
// Source: "VTK File Formats", section "Simple Legacy Formats": x runs fastest, numbers are
// big-endian.
func (s *Surface) writeVTK(w io.Writer) error {
	c, r := s.Loss.Dims()
	out := &vtk{w: w}
	out.text("# vtk DataFile Version 3.0\nlossland surface\nBINARY\nDATASET STRUCTURED_GRID\n")
	out.text("DIMENSIONS %d %d 1\nPOINTS %d double\n", c, r, c*r)
	for _, beta := range s.Loss.Betas {
		for _, alpha := range s.Loss.Alphas {
			out.numbers(alpha, beta, 0)
		}
	}
	out.text("\nPOINT_DATA %d\n", c*r)
	for _, column := range s.columns() {
		name := strings.Join(strings.Fields(column.name), "_") // names end at white space.
		out.text("SCALARS %s double 1\nLOOKUP_TABLE default\n", name)
		for j := range r {
			for i := range c {
				out.numbers(column.value[i][j])
			}
		}
		out.text("\n")
	}
	return out.err
}

// vtk writes until something fails.
type vtk struct {
	w   io.Writer
	err error
}

func (v *vtk) text(format string, args ...any) {
	if v.err == nil {
		_, v.err = fmt.Fprintf(v.w, format, args...)
	}
}

func (v *vtk) numbers(x ...float64) {
	if v.err == nil {
		v.err = binary.Write(v.w, binary.BigEndian, x)
	}
}
