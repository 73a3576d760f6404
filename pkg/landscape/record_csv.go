package landscape

import (
	"encoding/csv"
	"io"
	"strconv"
)

// column is a number at every cell, as files name it.
type column struct {
	name  string
	value [][]float64
}

// columns are the surface's numbers in the order of files.
func (s *Surface) columns() []column {
	out := []column{{"loss", s.Loss.Value}, {"loss_stderr", s.Loss.StdErr}, {"data_loss", s.Data.Value}, {"data_loss_stderr", s.Data.StdErr}}
	for _, name := range s.metricNames() {
		out = append(out, column{"metric_" + name, s.Metrics[name].Value}, column{"metric_" + name + "_stderr", s.Metrics[name].StdErr})
	}
	if s.GradNorm != nil {
		out = append(out, column{"grad_norm", s.GradNorm})
	}
	if s.Measured != nil {
		out = append(out, column{"measured", s.measured()})
	}
	return out
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

// WriteCSV writes a line for each cell, β running fastest, under a line of names: alpha, beta, loss, loss_stderr, data_loss, …, measured (1, or 0 where the loss is interpolated or NaN). Numbers have
// as many digits as it takes to read them back bit for bit; NaN is written as NaN.
func (s *Surface) WriteCSV(w io.Writer) error {
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
