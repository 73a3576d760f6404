package interview

import (
	"fmt"
	"html"
	"path/filepath"
	"strings"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson"
	"lossland/pkg/lesson/session"
)

// ShowRow shows a row of the evidence table as it stands, so that a text needn't repeat its
// numbers: verdict, effect and what was asked for, then what was measured and the row's note, which
// a page folds.
//
//	row M2, mixed: the effect is 0.9097 [0.8723, 0.9471], n = 10; the claim wants > 0.9
//	  what it measures …
//	  what its note says …
//
// A row that hasn't been measured yet is no error.
func ShowRow(id string) error {
	claims, err := Claims()
	if err != nil {
		return err
	}
	c, ok := claims[id]
	if !ok {
		line := "row " + id + ": not measured yet (make evidence)"
		lesson.Say(line, "<p>"+line+"</p>")
		return nil
	}
	text := fmt.Sprintf("%s\n  %s.", c, c.Statistic)
	if c.Note != "" {
		text += "\n  " + c.Note
	}
	lesson.Say(text, rowMarkup(c))
	return nil
}

// rowMarkup is a row as a page shows it below a cell.
func rowMarkup(c evidence.Claim) string {
	e := html.EscapeString
	var b strings.Builder
	fmt.Fprintf(&b, `<div class="evidence"><p><a href="08-scorecard.ipynb#row-%s">Row %s</a> of `+
		`the evidence table: <b>%s</b>. Measured %s; supported if %s %s; n = %d.</p>`+
		`<details><summary>What was measured</summary><p>%s.</p>`,
		e(c.ID), e(c.ID), e(string(c.Verdict)), e(worded(c.EffectText(3))),
		compared(c), e(worded(c.Threshold)), c.N, e(c.Statistic))
	if c.Note != "" {
		fmt.Fprintf(&b, "<p>%s</p>", e(c.Note))
	}
	b.WriteString("</details></div>")
	return b.String()
}

// compared is what of a row has to keep to its threshold.
func compared(c evidence.Claim) string {
	if c.Low < c.High {
		return "the whole interval is"
	}
	return "it is"
}

// signs are the words for the sign that an effect or a threshold begins with: "Measured ≤ 0.91,
// asked for > 0.9" reads like one inequality.
var signs = strings.NewReplacer("≤ ", "at most ", "≥ ", "at least ", "> ", "above ", "< ", "below ")

// worded is an effect or a threshold without signs: "at most 0.91 [0.872, 0.947]", "above 0.9".
func worded(text string) string { return signs.Replace(text) }

// SAMRows reads evidence/sam-digits.json.
func SAMRows() ([]evidence.SAMRow, error) {
	return evidence.ReadSAMRows(filepath.Join(session.Root(), "evidence", "sam-digits.json"))
}
