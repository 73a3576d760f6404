// Package eigen finds the eigenvalues of small symmetric matrices, whatever the size of their
// numbers.
//
// # Files
//
//	symmetric.go   Symmetric, by gonum, which panics on small numbers
package eigen
