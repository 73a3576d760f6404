// Package session is the ground of the lesson: results that are computed once, the project's
// folder, progress, and how much evidence to gather. It does no mathematics and knows no models or
// data.
//
// # Results that are computed once
//
// [Cached] returns a result from a file if it was computed before. What tells results apart is the
// key that the caller gives, the result's type, the versions of the libraries that decide numbers,
// and the code: the words of every package of ours that training and measuring depend on, found by
// their imports. A change of comments, layout, tests or pictures keeps the cache.
//
//   - An entry holds its key and a checksum. One that is damaged or another key's is computed
//     again.
//   - An entry is whole or not there, see internal/atomicfile. A result that can't be stored is
//     returned all the same, with a warning on the standard error.
//   - Of several processes that want one result, one computes it and the others wait.
//
// [CachedFolder] is for what keeps itself in files, such as a checkpoint.
//
// # State that isn't an argument
//
// This is all of it in the lesson: one variable and six environment variables.
//
//   - [Output]: where the lesson prints. Default: the standard output. Set it before use.
//   - LOSSLAND_ROOT ([RootVariable]): the project's folder. Default: the nearest folder with a
//     go.mod at or above GONB_DIR, else at or above the working one. pkg/xla reads it too.
//   - GONB_DIR: set by GoNB to the notebook's folder, since a cell's program runs elsewhere. A
//     program that has it draws progress as in a notebook, and says an error of must in a sentence.
//   - LESSON_CACHE ([CacheVariable]): the folder of results. Default: .cache/lesson in the
//     project's folder, else lossland/lesson in the user's cache folder.
//   - LESSON_SCALE ([ScaleVariable]): quick or full, see [Pick]. Default: quick.
//   - LESSON_PROGRESS ([ProgressVariable]): bar, line or off, see [Progress]. Default: bar on a
//     terminal and in a notebook, line elsewhere.
//   - LESSON_STRICT ([StrictVariable]): 1 makes a wrong answer to an exercise a failure. Default:
//     it is none.
//
// # Files
//
// The rooms of this floor:
//
//	cache.go     Cached: entries, their keys, locks and files
//	code.go      the hash of the code that decides numbers
//	failure.go   a failure in a notebook is one sentence
//	folder.go    CachedFolder
//	output.go    Output, Writer
//	progress.go  Progress: a bar, a line, or nothing
//	root.go      Root, CacheFolder, the names of the environment variables
//	scale.go     Scale, Pick
package session
