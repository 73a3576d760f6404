package interview

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"

	"lossland/pkg/evidence"
)

// AnswerHTML is the interview answer: in thirty seconds, and in two minutes as a table, each
// half-sentence with its rows of the evidence table and their verdicts.
func AnswerHTML(claims map[string]evidence.Claim) (string, error) {
	return render(`<p><em>Thirty seconds.</em> {{.Thirty}}</p><p><em>Two minutes.</em></p>
<table><thead><tr><th style="text-align:left">half-sentence</th>`+
		`<th style="text-align:left">rows</th></tr></thead><tbody>
{{range .Answer}}<tr><td style="text-align:left">{{.Text}}</td>`+
		`<td style="text-align:left">{{range .Rows}}{{verdict .}}<br>{{end}}</td></tr>
{{end}}</tbody></table>`, claims)
}

// CardsHTML is the interview room: every card with its answers folded. A card has the id "card-sam"
// and so on, for links to lead to.
func CardsHTML(claims map[string]evidence.Claim) (string, error) {
	return render(`{{range .Cards}}<details id="card-{{.ID}}">`+
		`<summary><strong>{{.Question}}</strong></summary>
<p><em>Thirty seconds.</em> {{.Thirty}}</p>
{{range $i, $p := paragraphs .Two}}<p>{{if not $i}}<em>Two minutes.</em> {{end}}{{$p}}</p>
{{end}}<ul>{{range .Traps}}<li>{{.}}</li>{{end}}</ul>
<p>The picture: <a href="{{.Picture}}">{{.Shows}}</a>.</p>
<p><small>Evidence: {{range .Rows}}{{verdict .}}. {{end}}</small></p></details>
{{end}}`, claims)
}

// SheetHTML is the printable sheet: one A4 page with the answer and the thirty-second answers. It
// needs no network.
func SheetHTML(claims map[string]evidence.Claim) (string, error) {
	return render(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">`+
		`<meta http-equiv="Content-Security-Policy" `+
		`content="default-src 'none'; style-src 'unsafe-inline'">`+
		`<meta name="viewport" content="width=device-width, initial-scale=1">`+
		`<title>The loss landscape on one page</title>
<style>
@page{size:A4;margin:9mm}
body{font:12px/1.3 system-ui,sans-serif;max-width:192mm;margin:0 auto;color:#111;background:#fff}
h1{font-size:19px;margin:0 0 3px}p{margin:0 0 4px}small{color:#555}
.cards{columns:2;column-gap:6mm}.card{break-inside:avoid;margin:0 0 5px}.card b{display:block}
@media screen{body{font-size:14px;padding:1em}}
@media screen and (max-width:40em){.cards{columns:1}}
@media screen and (prefers-color-scheme:dark){body{color:#ddd;background:#151515}small{color:#aaa}}
</style></head><body><main>
<h1>The loss landscape on one page</h1>
<p><b>Thirty seconds.</b> {{.Thirty}}</p>
<p><b>Two minutes.</b> {{range .Answer}}{{.Text}} <small>[{{join .Rows}}]</small> {{end}}</p>
<div class="cards">
{{range .Cards}}<div class="card"><b>{{.Question}}</b>{{.Thirty}} `+
		`<small>[{{join .Rows}}]</small></div>
{{end}}</div>
<p><small>In brackets: rows of the evidence table. {{.Summary}}</small></p>
</main></body></html>
`, claims)
}

// render executes a page with the cards, the answer and the verdicts.
func render(page string, claims map[string]evidence.Claim) (string, error) {
	return execute(page, template.FuncMap{
		"verdict": func(id string) (template.HTML, error) { return linked(id, claims) },
		"join":    func(rows []string) string { return strings.Join(rows, " ") },
		"paragraphs": func(text string) ([]template.HTML, error) {
			return paragraphs(text, claims)
		},
	}, map[string]any{
		"Answer": Answer, "Thirty": AnswerThirty, "Cards": Cards, "Summary": summary(claims),
	})
}

// rowLink leads to a row in the scorecard.
const rowLink = `<a href="08-scorecard.ipynb#row-{{.ID}}">{{.ID}}</a>`

var withEffect = template.FuncMap{"effect": effect}

// linked is a row's verdict in a few words, and a link to the row in the scorecard; only what was
// measured has one.
func linked(id string, claims map[string]evidence.Claim) (template.HTML, error) {
	c, ok := claims[id]
	if !ok {
		return template.HTML(id + " not measured yet"), nil
	}
	link, err := execute(rowLink+` {{.Verdict}} ({{effect .}})`, withEffect, c)
	return template.HTML(link), err
}

// citation is a row in the text of a card: {W5}, {W5.effect} or {A2.share}.
var citation = regexp.MustCompile(`\{([A-Z]\d+)(\.effect|\.share)?\}`)

// paragraphs divides a card's text, and puts what the evidence table says into the place of its
// citations: a text can't contradict a row that was measured anew.
func paragraphs(text string, claims map[string]evidence.Claim) (parts []template.HTML, err error) {
	for _, part := range strings.Split(text, "\n\n") {
		escaped := template.HTMLEscapeString(part)
		filled := citation.ReplaceAllStringFunc(escaped, func(found string) string {
			cited, e := cite(citation.FindStringSubmatch(found), claims)
			err = errors.Join(err, e)
			return string(cited)
		})
		parts = append(parts, template.HTML(filled))
	}
	return parts, err
}

// cite is a row's number, that number as a share in words, or a link to the row with its verdict
// and its interval.
func cite(citation []string, claims map[string]evidence.Claim) (template.HTML, error) {
	id, number := citation[1], citation[2] != ""
	c, ok := claims[id]
	switch {
	case !ok && number:
		return "(not measured yet)", nil
	case !ok:
		return template.HTML(id + ": not measured yet"), nil
	case citation[2] == ".share":
		return template.HTML(share(c.Effect)), nil
	case number:
		return template.HTML(fmt.Sprintf("%.3g", c.Effect)), nil
	}
	link, err := execute(rowLink+`: {{.Verdict}}, {{effect .}}`, withEffect, c)
	return template.HTML(link), err
}

// share is a number between 0 and 1 as a sentence has it: "all", "none" or "82 %".
func share(of float64) string {
	switch of {
	case 0:
		return "none"
	case 1:
		return "all"
	}
	return fmt.Sprintf("%.3g\u00a0%%", 100*of)
}

// effect is a row's effect and its interval: "2.17 [2.06, 2.29]", or "1, no interval".
func effect(c evidence.Claim) string { return c.EffectText(3) }

// execute fills a template.
func execute(page string, funcs template.FuncMap, data any) (string, error) {
	t, err := template.New("").Funcs(funcs).Parse(page)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = t.Execute(&out, data)
	return out.String(), err
}

// summary says which of the rows that the sheet cites didn't come out as the textbook has it.
func summary(claims map[string]evidence.Claim) string {
	if len(claims) == 0 {
		return "The table has not been measured yet (make evidence)."
	}
	not := make(map[evidence.Verdict][]string)
	for _, id := range cited() {
		if c, ok := claims[id]; ok && c.Verdict != evidence.Supported {
			not[c.Verdict] = append(not[c.Verdict], id)
		}
	}
	if len(not) == 0 {
		return "All of these rows are supported."
	}
	text := "Not plainly supported here:"
	for _, v := range []evidence.Verdict{evidence.Mixed, evidence.NotAtThisScale} {
		if len(not[v]) > 0 {
			text += fmt.Sprintf(" %s (%s).", strings.Join(not[v], " "), v)
		}
	}
	return text
}

// cited lists the rows that the answer and the cards rest on, each once and in alphabetical order.
func cited() (rows []string) {
	for _, s := range Answer {
		rows = append(rows, s.Rows...)
	}
	for _, c := range Cards {
		rows = append(rows, c.Rows...)
	}
	slices.Sort(rows)
	return slices.Compact(rows)
}
