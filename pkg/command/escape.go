package command

import (
	"cmp"
	"fmt"
	"io"
	"unicode/utf8"
)

// escaping is a writer that lets no text govern a terminal: control characters, such as a model's
// file may hold in its names, are written as \u001b, which in JSON means the same. Line ends and
// tabs stay, and so does everything else. What this program itself does to a terminal goes past it.
type escaping struct {
	to     io.Writer
	left   []byte // the beginning of a character.
	failed error  // of the first Write that failed.
}

// Write implements io.Writer.
func (e *escaping) Write(text []byte) (int, error) {
	in := append(e.left, text...)
	out := make([]byte, 0, len(in))
	e.left = nil
	for len(in) > 0 {
		if !utf8.FullRune(in) {
			e.left = append(e.left, in...)
			break
		}
		r, size := utf8.DecodeRune(in)
		switch {
		case r == '\n' || r == '\t' || !governs(r) && (r != utf8.RuneError || size > 1):
			out = append(out, in[:size]...)
		case r == utf8.RuneError:
			out = fmt.Appendf(out, `\ufffd`)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		in = in[size:]
	}
	if _, err := e.to.Write(out); err != nil {
		e.failed = cmp.Or(e.failed, err)
		return 0, err
	}
	return len(text), nil
}

// governs says whether a character changes how what comes after it is shown: the control
// characters, and those that turn the direction of writing.
func governs(r rune) bool {
	return r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e ||
		r >= 0x2066 && r <= 0x2069
}
