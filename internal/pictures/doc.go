// Command pictures draws the pictures of README and of the report's cover into docs/:
//
//	go run ./internal/pictures
//
// They show functions of two weights that are known in closed form, so that every machine draws the
// same. Its test draws them again and compares.
//
// # Files
//
//	main.go      the command, and the list of the pictures
//	features.go  a landscape that has all six features
//	saddle.go    descent that comes close to a saddle
//	sam.go       plain descent and SAM in a valley of minima
package main
