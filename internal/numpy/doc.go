// Package numpy reads NumPy's arrays and archives of them, whose headers aren't believed: a damaged
// or forged file is an error, and takes no more memory than its bytes do.
package numpy
