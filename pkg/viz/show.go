package viz

import (
	"fmt"

	"github.com/janpfeifer/gonb/gonbui"
)

// Show displays a figure with a caption in a GoNB notebook, as the markup that HTML
// returns, and waits until the notebook has it.
//
// Outside a notebook it draws the figure, returns the error if it can't be drawn,
// and displays nothing.
func Show(fig Figure, caption string) error {
	html, err := HTML(fig, caption)
	if err != nil {
		return err
	}
	if !gonbui.IsNotebook {
		return nil
	}
	// Without an open connection Sync would wait for an answer that never comes.
	if err := gonbui.Open(); err != nil {
		return fmt.Errorf("viz: Show: %w", err)
	}
	gonbui.DisplayHTML(html)
	gonbui.Sync()
	return nil
}
