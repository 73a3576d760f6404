// Package house holds what the tests say about the source itself: that each doc.go's list of files
// is the truth, that a package's floors carry each other, and that no line is too wide to read
// beside another.
//
// # Files
//
//	columns.go   WideLines, the lines over a number of columns, and Sources, whose lines count
//	floors.go    RisingArrows, what a file uses from a floor above its own
//	map.go       ReadMap, the list of files in a doc.go
package house
