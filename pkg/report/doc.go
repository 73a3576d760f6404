// Package report measures a point of weight space in all its parts and writes one page about it:
// whether the picture can be trusted, the loss and the metrics, a surface, lines along the sharpest
// directions, the spectrum, a panel of sharpness, what kind of point it is, what it cost, and how
// to make the page again.
//
//	file, err := os.Create("report.html")
//	…
//	err = report.Write(ctx, file, problem, report.Config{Title: "Two moons", Loss: "loss (nats)"})
//
// The page is one HTML file. It holds its pictures, loads nothing and has no script: its content
// security policy forbids both. It follows the reader's light or dark preference, prints, and
// fits a phone. Whatever text the caller gives is escaped.
//
// A part that can't be measured, such as the spectrum of a Hessian that isn't symmetric, becomes a
// section that says why. The other parts are measured all the same.
//
// [Measure] returns the numbers behind the page as a [Report]; its WriteHTML makes the page again.
// The same problem, configuration and seed give the same bytes, but for the seconds: they are in
// table cells of the class "clock" and nowhere else.
//
// # Files
//
//	config.go     Config, and its defaults
//	report.go     Report, Measure and Write
//	parts.go      the parts: what each measures, and after which others
//	progress.go   one progress for all parts, by their share of the work
//	meaning.go    what a number of sharpness says, in a sentence
//	numbers.go    numbers for people
//	sections.go   the sections of the page, from the parts
//	pictures.go   their figures
//	html.go       WriteHTML
package report
