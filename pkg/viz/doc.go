// Package viz draws: plain numbers in, SVG bytes out, the standard library only.
//
// It knows no loss, no model and no measuring package; a picture can therefore
// never break a number. Package gonb below it shows figures in a notebook.
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
// [Save] writes one to a file, [HTML] gives markup for a page ([Embed] of a saved
// document), [Render] gives all forms at once. Package png below this one makes pixels of them.
//
// # Conventions
//
// A grid is indexed Z(i, j) at (X(i), Y(j)): the first index runs along the
// horizontal axis and the second along the vertical one, which points up. With
// the lesson's loss surface, Z[i][j] at θ + αᵢd₁ + βⱼd₂, this puts α on the
// horizontal axis.
//
// Every axis is an [Axis]: X and Y, and Z for the values of a surface, which are
// its colours and heights. Its Label names the quantity and the unit, Log and Range
// choose the scale, Integer keeps ticks at whole numbers. Where values differ only
// in the last of many digits, the ticks show what is left of them after a number
// that the axis' label names: "loss − 10⁹".
//
// Labels may hold _{…} and ^{…} for subscripts and superscripts: "λ_{max}". Titles,
// legends and axis labels break into lines; what doesn't fit is cut with "…".
//
// A Color is a number from 1; 0 is the place of its owner in the list. Colour never
// stands alone: the marks' shapes and the dashes of lines without marks differ with
// it, so that a figure can be read in grey.
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
// The same input gives the same bytes (on one processor architecture). Every id in
// the SVG starts with a hash of the content, and every style rule is scoped by it,
// so that figures in one page don't touch each other. Each SVG has a title, a
// description, role="img" and aria-labelledby; the description is Alt(), made from
// the numbers unless AltText is set. It has as many digits as it takes to tell its
// numbers apart. Figures sit on a card of their own and follow the reader's light or
// dark preference, also inside an <img>.
//
// Text is laid out with the widths of Helvetica, with some slack for wider
// fonts; the SVG carries no font. Its letters are 11.5 to 15 pixels high. [Panels]
// are laid out for the width of a page, and [HTML] stacks them on a narrow one, so
// that they aren't shrunk below 10 pixels.
//
// # Errors
//
// Bad input is an error of the form "viz: Contour: …" that names what was found
// and what to do. Nothing in this package panics on bad numbers, on nil or on odd
// options. What would take too long or too much room is refused by the name of its
// field: a figure holds at most a million values in curves and paths, 100,000 points
// with a shape of their own, a grid of ten million points, 200 levels and 100 panels.
// A grid with more detail than a picture can show is thinned, and the legend says so.
//
// # Files
//
//	chart.go      a plot area with axes, title and legend
//	colorbar.go   the bar beside a surface
//	colormap.go   Viridis, Cividis, Diverging
//	contour.go    Contour: a surface from above
//	density.go    Density: a spectrum on a log scale
//	drawing.go    an SVG document in the making: paths, boxes, clipping
//	figure.go     what all figures share: the plan, sizes, limits
//	grid.go       GridXYZ, Grid, and the checked copy of a grid
//	hatch.go      the looks of cells that hold no number
//	histogram.go  Histogram
//	html.go       HTML, Embed and Render
//	images.go     Images
//	intervals.go  Intervals
//	isolabel.go   where labels sit on iso-lines
//	levels.go     levels and colours of a surface
//	line.go       Line, and the references that other figures share with it
//	marching.go   marching squares: iso-lines and filled contours
//	number.go     numbers for people
//	overlay.go    marks, paths and arrows on a surface
//	panels.go     Panels: figures side by side
//	samstep.go    SAMStep: one step of SAM on a Contour
//	save.go       Save: to a file
//	scale.go      Axis, scales and ticks
//	scatter.go    Scatter
//	series.go     Series: curves with their bands, in Line and in other figures
//	strip.go      Strip: eigenvalues over training
//	surface3d.go  Surface3D: a surface as a landscape
//	text.go       markup, widths and line breaks of labels
//	theme.go      light and dark colours, the style sheet
//	thin.go       fewer points of grids that are too fine to draw
package viz
