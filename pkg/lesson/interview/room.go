package interview

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"lossland/internal/atomicfile"
	"lossland/pkg/evidence"
	"lossland/pkg/lesson/session"
)

// Card is a question of the interview room.
type Card struct {
	ID       string // short name, such as "sam".
	Question string
	Thirty   string   // the thirty-second answer.
	Two      string   // the two-minute answer, whole: paragraphs with a blank line between them; {W5} and {W5.effect} stand for a row, see [cite].
	Traps    []string // follow-up questions, each with its answer after a dash.
	Rubric   []string // what to tick: one point each.
	Rows     []string // rows of the evidence table that it rests on; the first is the one whose picture the room shows.
	Picture  string   // where the picture is that proves it: "notebook.ipynb#Heading", with the heading's id as JupyterLab has it.
	Shows    string   // what that picture shows.
}

// Sentence is a half-sentence of the interview answer, with the rows of the evidence table behind it.
type Sentence struct {
	Text string
	Rows []string
}

// Claims reads the evidence table of full scale, by row. Where it isn't there yet, the map is empty.
func Claims() (map[string]evidence.Claim, error) {
	path := filepath.Join(session.Root(), "evidence", "claims.json")
	byID := make(map[string]evidence.Claim)
	if _, err := os.Stat(path); os.IsNotExist(err) {
		return byID, nil
	}
	claims, err := evidence.ReadClaims(path)
	for _, c := range claims {
		byID[c.ID] = c
	}
	return byID, err
}

// RowText is a row of the evidence table in a line of plain text, for a notebook that leans on it:
//
//	row W1: not at this scale, -0.0273 [-0.46, 0.481], n = 16
func RowText(id string) (string, error) {
	claims, err := Claims()
	if err != nil {
		return "", err
	}
	c, ok := claims[id]
	if !ok {
		return "row " + id + ": not measured yet (make evidence)", nil
	}
	return fmt.Sprintf("row %s: %s, %s, n = %d", id, c.Verdict, effect(c), c.N), nil
}

// planned is a row of the tables in evidence/plan.md.
var planned = regexp.MustCompile(`(?m)^\| ([A-Z]\d+) \|`)

// PlannedRows lists the rows that evidence/plan.md fixes, in its order, and those of them that evidence/pending.txt announces as not measured yet.
func PlannedRows() (rows, pending []string, err error) {
	plan, err := os.ReadFile(filepath.Join(session.Root(), "evidence", "plan.md"))
	if err != nil {
		return nil, nil, err
	}
	for _, row := range planned.FindAllStringSubmatch(string(plan), -1) {
		rows = append(rows, row[1])
	}
	announced, err := os.ReadFile(filepath.Join(session.Root(), "evidence", "pending.txt"))
	if err != nil && !os.IsNotExist(err) {
		return nil, nil, err
	}
	return rows, strings.Fields(string(announced)), nil
}

// Unproved lists the half-sentences of the interview answer that lean on no row, or on one that the evidence table doesn't have.
func Unproved(claims map[string]evidence.Claim) (sentences []string) {
	for _, s := range Answer {
		lacks := len(s.Rows) == 0
		for _, id := range s.Rows {
			_, ok := claims[id]
			lacks = lacks || !ok
		}
		if lacks {
			sentences = append(sentences, s.Text)
		}
	}
	return sentences
}

// selfTest is a self-test under way, kept between two cells.
type selfTest struct {
	Cards   []string
	Started time.Time
}

// AskQuestions draws n questions by seed, prints them and starts the clock. Seed 0 takes one from the time of day.
func AskQuestions(n int, seed uint64) error {
	if n < 1 || n > len(Cards) {
		return fmt.Errorf("interview: Ask: %d questions; want 1 … %d", n, len(Cards))
	}
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	s := selfTest{Started: time.Now()}
	for i, k := range rand.New(rand.NewPCG(seed, 0)).Perm(len(Cards))[:n] {
		fmt.Fprintf(session.Writer(), "%d. %s\n", i+1, Cards[k].Question)
		s.Cards = append(s.Cards, Cards[k].ID)
	}
	fmt.Fprintf(session.Writer(), "\nThe clock runs. Answer aloud, two minutes each, then run the next cell.\n")
	return s.save()
}

// ShowRubrics prints what each of the questions asked wanted, to be ticked, and the time taken.
func ShowRubrics() error {
	s, err := loadSelfTest()
	if err != nil {
		return err
	}
	taken := time.Since(s.Started).Round(time.Second)
	fmt.Fprintf(session.Writer(), "%s for %d questions (two minutes each are %s)\n", taken, len(s.Cards), time.Duration(len(s.Cards))*2*time.Minute)
	for i, id := range s.Cards {
		c, _ := cardByID(id)
		fmt.Fprintf(session.Writer(), "\n%d. %s\n", i+1, c.Question)
		for k, point := range c.Rubric {
			fmt.Fprintf(session.Writer(), "   [%d] %s\n", k+1, point)
		}
	}
	return nil
}

// MarkAnswers scores the self-test: ticks has one string a question, with a character a point of its rubric, 1 for said and 0 for not, such as
// "1101". It prints the score and the first thing to look at again, and returns the share of the points.
func MarkAnswers(ticks ...string) (share float64, err error) {
	s, err := loadSelfTest()
	if err != nil {
		return 0, err
	}
	if len(ticks) != len(s.Cards) {
		return 0, fmt.Errorf("interview: Mark: ticks for %d questions; %d were asked", len(ticks), len(s.Cards))
	}
	said, total := 0, 0
	for i, id := range s.Cards {
		c, _ := cardByID(id)
		if len(ticks[i]) != len(c.Rubric) || strings.Trim(ticks[i], "01") != "" {
			return 0, fmt.Errorf("interview: Mark: question %d has ticks %q; want %d characters, each 0 or 1", i+1, ticks[i], len(c.Rubric))
		}
		got := strings.Count(ticks[i], "1")
		said, total = said+got, total+len(c.Rubric)
		fmt.Fprintf(session.Writer(), "%d of %d  %s", got, len(c.Rubric), c.Question)
		if missed := strings.IndexByte(ticks[i], '0'); missed >= 0 {
			fmt.Fprintf(session.Writer(), "  → look again at: %s (%s)", c.Rubric[missed], c.Picture)
		}
		fmt.Fprintln(session.Writer())
	}
	share = float64(said) / float64(total)
	fmt.Fprintf(session.Writer(), "%d of %d points, %.0f %%\n", said, total, 100*share)
	return share, nil
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

func selfTestPath() (string, error) {
	folder, err := session.CacheFolder()
	return filepath.Join(folder, "interview.json"), err
}

func (s selfTest) save() error {
	path, err := selfTestPath()
	if err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(path, text)
}

func loadSelfTest() (s selfTest, err error) {
	path, err := selfTestPath()
	if err != nil {
		return s, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return s, fmt.Errorf("interview: no questions were asked yet (run the cell with lesson.Ask first): %w", err)
	}
	return s, json.Unmarshal(text, &s)
}
