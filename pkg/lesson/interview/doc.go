// Package interview is what the lesson leads to: the interview's answer, each half-sentence with
// the rows of the evidence table that support it; the questions of the interview room; a self-test;
// and the table itself as a page. It is the only one of the lesson's packages that reads evidence.
//
// Texts don't repeat numbers of the table: {W5} in a card stands for a row's verdict and interval,
// {W5.effect} for its number and {A2.share} for a number between 0 and 1 in words. A row
// that hasn't been measured yet says so, and is no error.
//
// # Files
//
// What is said:
//
//	answer.go     Answer, AnswerThirty
//	cards.go      Card, and the texts of all of them
//
// What it leans on:
//
//	claims.go     the table, by row, and the rows that the plan fixes
//	row.go        a row in words, the comparison of SAM's family
//
// How it is shown:
//
//	sheet.go      answer, cards and the printable sheet as HTML
//	scorecard.go  the table as HTML
//	selftest.go   questions by seed, rubrics, marks
package interview
