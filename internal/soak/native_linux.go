package main

/*
#include <malloc.h>

// in_use is what C code has asked malloc for and not freed; -1 where this C library doesn't say.
static double in_use(void) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
	struct mallinfo2 all = mallinfo2();
	return (double)(all.uordblks + all.hblkhd);
#else
	return -1;
#endif
}

// give_back returns to the system what malloc keeps of freed memory.
static void give_back(void) {
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}
*/
import "C"

// giveBack returns freed memory of C to the system, so that what is resident is held.
func giveBack() { C.give_back() }

// native is how much memory the plugin and other C code hold, in MiB, and whether that is known. A
// leak makes it grow; resident memory may grow without one, by what was freed and lies in pieces
// between what is held.
func native() (mib float64, known bool) {
	bytes := float64(C.in_use())
	return bytes / (1 << 20), bytes >= 0
}
