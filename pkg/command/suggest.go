package command

import (
	"errors"
	"regexp"
	"strings"
)

// DidYouMean is `; did you mean "…"?` with the choice that is spelt most like the word, empty where
// none is like it. Case, hyphens, underscores and the words loss and with don't count, so that
// CrossEntropyLoss is cross-entropy. It is for the errors of Program.Check.
func DidYouMean(word string, choices []string) string {
	best, least := "", 0
	for _, choice := range choices {
		a, b := bare(word), bare(choice)
		if d := edits(a, b); d <= max(1, len(b)/3) && (best == "" || d < least) {
			best, least = choice, d
		}
	}
	if best == "" {
		return ""
	}
	return `; did you mean "` + best + `"?`
}

var ornaments = regexp.MustCompile("[-_ ]|loss|with")

func bare(word string) string {
	return ornaments.ReplaceAllString(strings.ToLower(word), "")
}

// edits is how many letters must be put in, left out or changed to make b of a (Levenshtein 1966).
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// oneOf is what kong says of a flag with few values.
var oneOf = regexp.MustCompile(`must be one of (.*) but got "([^"]*)"$`)

// letters are what kong suggests for a flag of one letter, which is any other such flag.
var letters = regexp.MustCompile(`^(unknown flag -[^-]), did you mean .*\?$`)

// suggesting adds what may have been meant to an error of the command line.
func suggesting(err error) error {
	if unknown := letters.FindStringSubmatch(err.Error()); unknown != nil {
		return errors.New(unknown[1])
	}
	found := oneOf.FindStringSubmatch(err.Error())
	if found == nil {
		return err
	}
	choices := strings.Split(strings.ReplaceAll(found[1], `"`, ""), ",")
	if meant := DidYouMean(found[2], choices); meant != "" {
		return errors.New(err.Error() + meant)
	}
	return err
}
