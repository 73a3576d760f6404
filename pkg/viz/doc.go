// Package viz draws: plain numbers in, SVG bytes out, the standard library only.
//
// It knows no loss, no model and no measuring package; a picture can therefore
// never break a number. Only show.go knows the notebook.
//
// # Figures
//
// A figure is a struct whose fields are its data and its few choices; the zero
// value of every choice is its documented default. All figures implement
// [Figure]:
//
//	Contour    a 2-D surface: filled contours or a heat map, with labelled iso-lines,
//	           colour bar, marks, paths and arrows
//	Surface3D  the same surface as an isometric sketch
//	Line       1-D curves with error bands, reference lines and shaded regions
//	Density    a spectral density on a log scale, with named outliers
//	Strip      eigenvalues over training, with a bound such as 2/η
//	Scatter    points in groups with error bars and straight fits
//	Histogram  distributions as counts
//	Intervals  estimates with their intervals by category (dot and whisker)
//	Images     small grey-scale images with captions
//	Panels     several figures in one, with panel letters
//
// [Show] displays one in a notebook, [Save] writes it to a file, [HTML] gives
// the markup that Show sends.
//
// # Conventions
//
// A grid is indexed Z(i, j) at (X(i), Y(j)): the first index runs along the
// horizontal axis and the second along the vertical one, which points up. With
// the lesson's loss surface, Z[i][j] at θ + αᵢd₁ + βⱼd₂, this puts α on the
// horizontal axis.
//
// Labels may hold _{…} and ^{…} for subscripts and superscripts: "λ_{max}".
//
// NaN, +Inf and −Inf are never drawn as if they were numbers. On a surface their
// cells are hatched, each kind with its own pattern and its own legend entry; a
// cell is a NaN cell if any of its corners is NaN, else a +Inf cell, else a −Inf
// cell. In a curve they interrupt the line and leave a cross on the frame, at
// the bottom for −Inf and else at the top. Scatter, Histogram and Strip leave
// them out and say in the legend how many they left out.
//
// A logarithmic axis refuses values ≤ 0 with an error that names the value.
//
// # What a figure promises
//
// The same input gives the same bytes (on one processor architecture). Every id in the SVG starts with a hash
// of the content, and every style rule is scoped by it, so that figures in one
// page don't touch each other. Each SVG has a title, a description, role="img"
// and aria-labelledby; the description is Alt(), made from the numbers unless
// AltText is set. Figures sit on a card of their own and follow the reader's
// light or dark preference, also inside an <img>.
//
// Text is laid out with the widths of Helvetica, with some slack for wider
// fonts; the SVG carries no font.
//
// # Errors
//
// Bad input is an error of the form "viz: Contour: …" that names what was found
// and what to do. Nothing in this package panics on bad numbers.
package viz
