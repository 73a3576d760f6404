package training

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"lossland/pkg/lesson/datasets"
)

// TestLossOfData: the default is by the kind of data, and what doesn't go together is refused.
func TestLossOfData(t *testing.T) {
	labels := &datasets.Data{Name: "labels", Labels: []int32{0}, Classes: 2}
	targets := &datasets.Data{Name: "targets", Targets: []float32{0}, TargetDim: 1}
	for name, c := range map[string]struct {
		loss    Loss
		data    *datasets.Data
		want    Loss
		refused string
	}{
		"labels":                   {"", labels, CrossEntropy, ""},
		"targets":                  {"", targets, SquaredError, ""},
		"squared error of labels":  {SquaredError, labels, SquaredError, ""},
		"cross-entropy of targets": {CrossEntropy, targets, CrossEntropy, `"targets" has targets`},
		"unknown":                  {"hinge", labels, "hinge", `no loss "hinge"`},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, c.loss.orDefault(c.data))
			fn, err := c.loss.fn(c.data)
			if c.refused != "" {
				assert.ErrorContains(t, err, c.refused)
				return
			}
			assert.NoError(t, err)
			assert.NotNil(t, fn)
		})
	}
}
