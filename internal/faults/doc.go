// Package faults holds tests of what goes wrong: measurements that are cancelled anywhere, data and
// weights that no measurement was made for. After each the weights are those of before, to the last
// bit, and what comes out is an error with a name or a number that is right. docs/reliability.md
// lists every fault that was tried, here and elsewhere.
//
// # Files
//
//	cancel_test.go   measurements cancelled at every stage
//	data_test.go     data and weights of every bad kind
//	every_test.go    every measurement, and what the tests share
package faults
