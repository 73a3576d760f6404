// Package faults holds tests of what goes wrong: measurements that are cancelled anywhere, data and
// weights that no measurement was made for, programs that are killed, disks that are full. After
// each the weights are those of before, to the last bit, and what comes out is an error with a name
// or a number that is right. docs/reliability.md lists every fault that was tried, here and
// elsewhere.
//
// # Files
//
//	cancel_test.go       measurements cancelled at every stage
//	child_test.go        processes that a test may kill, or send where nothing can be written
//	data_test.go         data and weights of every bad kind
//	device_test.go       a backend that was closed
//	disk_linux_test.go   every writer on a full disk, and in a folder closed to it
//	dtype_test.go        weights of every type
//	every_test.go        every measurement, and what the tests share
//	killed_test.go       every writer killed
//	program_test.go      lossland killed, without HOME, and twice at once
//	writers_test.go      everything that writes files
package faults
