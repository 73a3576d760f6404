package interview

// Card is a question of the interview room.
type Card struct {
	// ID is a short name, such as "sam".
	ID       string
	Question string
	// Thirty is the thirty-second answer.
	Thirty string
	// Two is the two-minute answer, whole: paragraphs with a blank line between them. In it {W5}
	// and {W5.effect} stand for a row, see [cite].
	Two string
	// Traps are follow-up questions, each with its answer after a dash.
	Traps []string
	// Rubric is what to tick: one point each.
	Rubric []string
	// Rows are those of the evidence table that it rests on; the first is the one whose picture the
	// room shows.
	Rows []string
	// Picture is where the picture is that proves it: "notebook.ipynb#Heading", with the heading's
	// id as JupyterLab has it.
	Picture string
	// Shows is what that picture shows.
	Shows string
}

// cardByID finds a card.
func cardByID(id string) (Card, bool) {
	for _, c := range Cards {
		if c.ID == id {
			return c, true
		}
	}
	return Card{}, false
}
