// Package floors is a house of two floors for the test of house.RisingArrows.
//
// # Files
//
// The ground:
//
//	ground.go   stones
//
// On it:
//
//	upper.go    walls of stones
package floors
