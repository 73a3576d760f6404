package interview

import (
	"fmt"
	"html/template"
	"os"
	"path/filepath"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/session"
	"lossland/pkg/viz"
)

// ScorecardHTML is the evidence table: two lines a claim, the first of which has the id "row-F1"
// and so on, for links to lead to. The second holds statistic, note, command and the row's picture,
// which is in the page itself.
func ScorecardHTML(claims []evidence.Claim) (string, error) {
	funcs := template.FuncMap{"picture": rowPicture, "effect": effect}
	return execute(scorecardPage, funcs, claims)
}

// scorecardPage has its styles at the cells, since a notebook has no style sheet of ours.
const scorecardPage = `<table class="scorecard"><thead><tr>` +
	`<th style="text-align:left">row</th>` +
	`<th style="text-align:left">claim</th>` +
	`<th style="text-align:left">effect, 95 % interval</th>` +
	`<th style="text-align:left">supported if</th>` +
	`<th style="text-align:left">n</th>` +
	`<th style="text-align:left">verdict</th>` +
	`</tr></thead><tbody>
{{range .}}<tr id="row-{{.ID}}">` +
	`<th style="text-align:left">{{.ID}}</th>` +
	`<td style="text-align:left">{{.Claim}}</td>` +
	`<td data-label="effect" style="text-align:left">{{effect .}}</td>` +
	`<td data-label="supported if" style="text-align:left">{{.Threshold}}</td>` +
	`<td data-label="n" style="text-align:left">{{.N}}</td>` +
	`<td data-label="verdict" style="text-align:left"><strong>{{.Verdict}}</strong></td></tr>
<tr><td></td><td style="text-align:left" colspan="5">` +
	`<small>{{.Statistic}}. {{.Note}}<br><code>{{.Command}}</code></small>{{picture .}}</td></tr>
{{end}}</tbody></table>`

// rowPicture is a row's picture within the page, with the claim as its caption and the picture's
// own description; nothing for a row without one.
func rowPicture(c evidence.Claim) (template.HTML, error) {
	if c.Picture == "" {
		return "", nil
	}
	path := filepath.Join(session.Root(), "evidence", filepath.FromSlash(c.Picture))
	svg, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("interview: the picture of row %s: %w (make evidence-table draws it)",
			c.ID, err)
	}
	figure, err := viz.Embed(svg, "Row "+c.ID+": "+c.Claim)
	if err != nil {
		return "", fmt.Errorf("interview: the picture of row %s, %s: %w", c.ID, c.Picture, err)
	}
	return template.HTML(figure), nil
}
