// Package figures turns measurements into the figures of package viz, one call each, with the axes,
// scales and error bands that such a measurement usually gets:
//
//	viz.Save("surface.svg", figures.Surface(surface, "loss (nats)"))
//	viz.Save("line.svg", figures.Profile(profile, "loss (nats)"))
//	viz.Save("spectrum.svg", figures.Spectrum(density, nil))
//
// What they return is a plain struct, so every choice can be changed before it is drawn.
//
// # Files
//
//	profile.go    Series and Profile, the loss along a curve
//	spectrum.go   Spectrum, density and single eigenvalues
//	surface.go    Surface and Errors, the loss over a plane
package figures
