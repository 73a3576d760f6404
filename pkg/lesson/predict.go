package lesson

// Predict shows what the reader expects, before the cell shows what comes. It is the first line of
// a cell that answers a question, and the guess, any words or numbers, is the reader's to write:
//
//	○ Your prediction: none yet. Write it between the quotes of lesson.Predict, then run the cell.
//	→ Your prediction: three saddles
//
// It judges nothing. A page folds what a cell shows after it (class "predict"), so that a reader of
// the page can say a guess before looking.
func Predict(guess string) {
	if guess == "" {
		Say("○ Your prediction: none yet. Write it between the quotes of lesson.Predict, "+
			"then run the cell.", paragraph("predict blank", "Your prediction?"))
		return
	}
	line := "→ Your prediction: " + guess
	Say(line, paragraph("predict", line))
}
