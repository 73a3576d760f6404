package lesson

import (
	"fmt"

	"lossland/pkg/lesson/session"
	"lossland/pkg/viz/gonb"
)

// Say shows a sentence as the output of a cell: its markup where the reader shows HTML, else its
// text. Outside a notebook, and where [session.Output] is set, it prints the text.
func Say(text, markup string) {
	if session.Output == nil {
		shown, err := gonb.ShowText(text, markup)
		if shown && err == nil {
			return
		}
	}
	fmt.Fprintln(session.Writer(), text)
}
