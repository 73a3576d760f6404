package xla

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ofTheThread are the signals that a thread's own fault raises: they can't wait.
var ofTheThread = []unix.Signal{unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGILL, unix.SIGABRT,
	unix.SIGTRAP, unix.SIGSYS}

// unsignalled calls f so that the threads that C starts in it get no signals but those of their own
// faults.
//
// A Go program's handlers run on the stack of the thread that a signal comes to, if C started it.
// oneDNN's products, which XLA's CPU plugin calls from such threads, keep numbers below the top of
// the stack, where a handler puts its own: Go's CPU profiler, which sends a hundred signals a
// second, made a training end in seconds with "corrupted size vs. prev_size" (docs/upstream.md).
func unsignalled(f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before unix.Sigset_t
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, allBut(ofTheThread), &before); err == nil {
		defer unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
	}
	f()
}

// allBut is the set of all signals without some.
func allBut(some []unix.Signal) *unix.Sigset_t {
	var set unix.Sigset_t
	for i := range set.Val {
		set.Val[i] = ^set.Val[i]
	}
	for _, signal := range some {
		bits := 8 * int(unsafe.Sizeof(set.Val[0]))
		set.Val[(int(signal)-1)/bits] &^= 1 << ((int(signal) - 1) % bits)
	}
	return &set
}
