package interview

import (
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lossland/internal/atomicfile"
	"lossland/pkg/lesson"
	"lossland/pkg/lesson/session"
)

// selfTest is a self-test under way, kept between two cells.
type selfTest struct {
	Cards   []string
	Started time.Time
}

// AskQuestions draws n questions by seed, prints them and starts the clock. Seed 0 takes one from
// the time of day.
func AskQuestions(n int, seed uint64) error {
	if n < 1 || n > len(Cards) {
		return fmt.Errorf("interview: AskQuestions: %d questions; want 1 … %d", n, len(Cards))
	}
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	s := selfTest{Started: time.Now()}
	for i, k := range rand.New(rand.NewPCG(seed, 0)).Perm(len(Cards))[:n] {
		fmt.Fprintf(session.Writer(), "%d. %s\n", i+1, Cards[k].Question)
		s.Cards = append(s.Cards, Cards[k].ID)
	}
	fmt.Fprintln(session.Writer(),
		"\nTwo minutes each, aloud; then open the points of the next cell.")
	return s.save()
}

// hasty is the time in which nobody has answered a question aloud: a faster run tells none.
const hasty = 10 * time.Second

// ShowRubrics shows what each of the questions asked wanted, to be ticked: a page folds it behind
// the question. Where there was time to answer, it also says how long it took.
func ShowRubrics() error {
	s, err := loadSelfTest()
	if err != nil {
		return err
	}
	asked := time.Duration(len(s.Cards))
	if taken := time.Since(s.Started).Round(time.Second); taken >= asked*hasty {
		fmt.Fprintf(session.Writer(), "%s for %d questions (two minutes each are %s)\n",
			taken, len(s.Cards), asked*2*time.Minute)
	}
	for i, id := range s.Cards {
		c, _ := cardByID(id)
		lesson.Say(rubricText(i+1, c), rubricMarkup(i+1, c))
	}
	return nil
}

// rubricText is a question with its points, as a terminal shows them.
func rubricText(number int, c Card) string {
	text := fmt.Sprintf("%d. %s", number, c.Question)
	for k, point := range c.Rubric {
		text += fmt.Sprintf("\n   [%d] %s", k+1, point)
	}
	return text
}

// rubricMarkup is a question with its points folded behind it.
func rubricMarkup(number int, c Card) string {
	text := fmt.Sprintf("<details><summary>%d. %s</summary><ol>", number,
		html.EscapeString(c.Question))
	for _, point := range c.Rubric {
		text += "<li>" + html.EscapeString(point) + "</li>"
	}
	return text + "</ol></details>"
}

// MarkAnswers scores the self-test: ticks has one string a question, with a character a point of
// its rubric, 1 for said and 0 for not, such as "1101". It prints the score and the first thing to
// look at again, and returns the share of the points.
func MarkAnswers(ticks ...string) (share float64, err error) {
	s, err := loadSelfTest()
	if err != nil {
		return 0, err
	}
	if len(ticks) != len(s.Cards) {
		return 0, fmt.Errorf("interview: MarkAnswers: ticks for %d questions; %d were asked",
			len(ticks), len(s.Cards))
	}
	said, total := 0, 0
	for i, id := range s.Cards {
		c, _ := cardByID(id)
		if len(ticks[i]) != len(c.Rubric) || strings.Trim(ticks[i], "01") != "" {
			return 0, fmt.Errorf("interview: MarkAnswers: question %d has ticks %q; "+
				"want %d characters, each 0 or 1", i+1, ticks[i], len(c.Rubric))
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
		return s, fmt.Errorf("interview: no questions were asked yet "+
			"(run the cell with interview.AskQuestions first): %w", err)
	}
	return s, json.Unmarshal(text, &s)
}
