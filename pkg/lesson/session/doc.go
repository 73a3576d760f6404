// Package session is the ground of the lesson: results that are computed once ([Cached]), the
// project's folder, progress, and how much evidence to gather ([Pick]). It does no mathematics.
//
// # Environment
//
// LOSSLAND_ROOT, LESSON_CACHE, LESSON_SCALE, LESSON_STRICT and LESSON_PROGRESS: see the constants
// that name them.
package session
