// Package lesson is what a notebook's cell says to its reader: checks, exercises, functions known
// in closed form, and rows and axes for pictures. Below it are its rooms: session, datasets,
// training; above it interview.
//
// [Check], [CheckTrue], [CheckBetween], [CheckInterval] fail the cell if a number isn't what the
// text says; [Exercise] never does.
package lesson
