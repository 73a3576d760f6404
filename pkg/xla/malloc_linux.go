package xla

/*
#include <stdlib.h>
#include <malloc.h>

static int keeps_large_blocks = 0;

// It runs before Go's threads exist: a thread keeps the arena of its first malloc.
__attribute__((constructor)) static void keep_large_blocks(void) {
#ifdef __GLIBC__
	if (getenv("GLIBC_TUNABLES") || getenv("MALLOC_MMAP_MAX_") ||
		getenv("MALLOC_MMAP_THRESHOLD_") ||
		getenv("MALLOC_TRIM_THRESHOLD_") || getenv("MALLOC_ARENA_MAX"))
		return;
	keeps_large_blocks = mallopt(M_ARENA_MAX, 1) && mallopt(M_MMAP_MAX, 0) &&
		mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}

static int large_blocks_are_kept(void) { return keeps_large_blocks; }
*/
import "C"

// keptBlocks says, for [Choice.Guards], that C's malloc keeps large blocks between executions;
// empty where the user's environment configures malloc, and without glibc.
//
// By default glibc returns a block of more than 32 MiB to the system as soon as it is freed. XLA's
// CPU plugin frees the memory for a program's temporaries after each execution, so the next one
// pays a page fault for every 4 KiB of it: a training step whose temporaries grew from 28 to 44 MB
// became 1.6 times as slow (docs/upstream.md). So large blocks are taken from the heap, which is
// kept up to 1 GiB, and there is one arena for all threads, because the others give back their 64
// MiB heaps whatever the threshold. The price is a process that doesn't shrink again.
func keptBlocks() string {
	if C.large_blocks_are_kept() == 0 {
		return ""
	}
	return "malloc keeps large blocks"
}
