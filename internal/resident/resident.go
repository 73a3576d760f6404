// Package resident says what an operator can do whose vectors stay on its device: package spectrum
// asks for it, package landscape does it.
package resident

import "context"

// Vector is n numbers on a device, of the space that made it. Rows have the precision of products,
// such as float32; wide vectors are float64.
type Vector any

// Space is the arithmetic of vectors of one dimension on a device. Sums over n numbers, and what is
// made of them, are float64; the factors of rows are rounded as the rows are. What a method returns
// is the caller's to free.
type Space interface {
	// Upload returns v as a row.
	Upload(v []float64) (Vector, error)
	// Read copies a row or a wide vector to dst.
	Read(dst []float64, v Vector) error
	// Product returns A·row, wide, and its length. A product that isn't finite is an error.
	Product(ctx context.Context, row Vector) (w Vector, norm float64, err error)
	// Project returns w without its parts along orthonormal rows, projected so often, with the sum
	// of these parts and what is left's length.
	Project(w Vector, rows []Vector, times int) (rest Vector, parts []float64, norm float64,
		err error)
	// Dot returns ⟨row, w⟩.
	Dot(row, w Vector) (float64, error)
	// Combine returns Σ cᵢ·rowsᵢ, wide, added to w unless that is nil.
	Combine(w Vector, rows []Vector, c []float64) (Vector, error)
	// Unit returns w/‖w‖ as a row.
	Unit(w Vector) (Vector, error)
	// Free frees vectors; nil is none.
	Free(vs ...Vector)
}
