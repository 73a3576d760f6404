package landscape

import (
	"encoding/csv"
	"io"
	"strconv"
)

// writeCSV writes a header and a line for each cell, β running fastest: alpha, beta, loss,
// loss_stderr, data_loss, …, measured. measured is 1, or 0 where the loss is interpolated or NaN.
// Numbers have as many digits as it takes to read them back bit for bit. NaN is written as NaN.
func (s *Surface) writeCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	columns := s.columns()
	line := []string{"alpha", "beta"}
	for _, c := range columns {
		line = append(line, c.name)
	}
	if err := out.Write(line); err != nil {
		return err
	}
	digits := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	for i, alpha := range s.Loss.Alphas {
		for j, beta := range s.Loss.Betas {
			line = append(line[:0], digits(alpha), digits(beta))
			for _, c := range columns {
				line = append(line, digits(c.value[i][j]))
			}
			if err := out.Write(line); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}
