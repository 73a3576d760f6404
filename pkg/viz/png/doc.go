// Package png makes pixels of the figures of package viz, for programs that don't show SVG. It is
// apart from viz so that a program that only writes SVG links the standard library alone.
//
//	err := png.Save("surface.png", figure, png.Config{})
//
// It reads the documents that viz writes, not SVG at large. Letters are those of Liberation Sans,
// whose widths are Helvetica's, and what it lacks those of DejaVu Sans. The same figure gives the
// same bytes.
//
// # Files
//
//	png.go        Encode and Save
//	document.go   the document as a tree of elements
//	style.go      its style sheet, and what an element inherits
//	canvas.go     elements on a canvas: shapes, groups, clipping
//	outline.go    paths
//	paint.go      colours, gradients and hatches
//	letters.go    text, as the outlines of its letters
package png
