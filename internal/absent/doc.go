// Package absent recognises what is not there, whatever its type.
//
// # Files
//
//	absent.go   Is, nil of any type
package absent
