// Package gonb shows figures in a GoNB notebook. It is apart from pkg/viz so that a
// program that only writes files links the standard library alone.
//
// # Files
//
//	show.go          Show: a figure as the output of a cell
//	drain.go         Drain: text that was printed before comes first
//	unread_linux.go  how much of a pipe its reader has left
//	unread_other.go  the same where that can't be asked
package gonb

import (
	"fmt"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"lossland/pkg/viz"
	"lossland/pkg/viz/png"
)

// Show displays a figure with a caption as the output of a notebook's cell: as the
// markup that viz.HTML returns, and for readers that show none, as SVG, as PNG and as
// text.
// It stands behind all text that the cell printed before, and before all text that it
// prints later.
//
// Outside a notebook it draws the figure, returns the error if it can't be drawn,
// and displays nothing.
func Show(fig viz.Figure, caption string) error {
	r, err := viz.Render(fig, caption)
	if err != nil {
		return err
	}
	pixels, err := png.EncodeSVG(r.SVG, png.Config{})
	if err != nil {
		return err
	}
	return display(map[protocol.MIMEType]any{
		protocol.MIMETextHTML:  r.HTML,
		protocol.MIMEImageSVG:  string(r.SVG),
		protocol.MIMEImagePNG:  pixels,
		protocol.MIMETextPlain: r.Alt,
	})
}

// ShowHTML displays markup as the output of a notebook's cell, in order with the
// cell's text as Show does. Outside a notebook it does nothing.
func ShowHTML(html string) error {
	return display(map[protocol.MIMEType]any{protocol.MIMETextHTML: html})
}

// ShowText displays a text as the output of a notebook's cell, in order with what the
// cell prints as Show does: its markup, and for readers that show none, the text.
// Outside a notebook it does nothing and returns false.
func ShowText(text, markup string) (shown bool, err error) {
	err = display(map[protocol.MIMEType]any{
		protocol.MIMETextHTML:  markup,
		protocol.MIMETextPlain: text,
	})
	return gonbui.IsNotebook, err
}

// display sends one output in several forms and waits until the notebook has it.
func display(forms map[protocol.MIMEType]any) error {
	if !gonbui.IsNotebook {
		return nil
	}
	if err := Drain(); err != nil {
		return err
	}
	gonbui.SendData(&protocol.DisplayData{Data: forms})
	gonbui.Sync()
	if err := gonbui.Error(); err != nil {
		return fmt.Errorf("gonb: Show: %w", err)
	}
	return nil
}
