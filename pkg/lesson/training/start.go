package training

import (
	"fmt"

	"lossland/pkg/landscape"
)

// start gives the model the weights of Config.Start.
func (t *training) start() error {
	params := landscape.ParamsOf(t.scorer.used)
	if got := len(t.cfg.Start); got != params.Len() {
		return fmt.Errorf("training: Config.Start has %d weights, the model %d", got, params.Len())
	}
	if err := params.SetValues(t.cfg.Start); err != nil {
		return fmt.Errorf("training: Config.Start: %w", err)
	}
	return nil
}
