// Package lesson is what notebook cells call to speak to their reader: checks, exercises, functions
// known in closed form, and rows and axes for pictures. It does no mathematics of its own:
// landscape measures, and evidence counts.
//
// [Check], [CheckTrue] and [CheckBetween] fail the cell if a number isn't what the text says.
// [Exercise] never does, unless LESSON_STRICT is 1; [Solution] does.
//
// # Rooms
//
//   - lesson/session, below: what is computed once, progress, quick or full; and the environment.
//   - lesson/datasets, below: data.
//   - lesson/training, below: models, and how they are trained.
//   - lesson/interview, above: the interview's answer, its cards, and the evidence table as pages.
//
// The rooms below don't import this one, so that what measures the evidence doesn't depend on what
// is said about it.
//
// # Files
//
// What a cell uses:
//
//	say.go        Say: a sentence, as markup where the reader shows it
//	check.go      Check: a number against what the text says
//	exercise.go   Exercise, Solution, Todo
//	exercises.go  what each exercise asks for, and its hint
//	problem.go    functions known in closed form, as landscapes and as descents
//	curves.go     axes around paths
//	figures.go    rows of figures
package lesson
