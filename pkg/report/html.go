package report

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
)

//go:embed page.html page.css
var files embed.FS

// WriteHTML writes the page. See the package's comment.
func (r *Report) WriteHTML(w io.Writer) error {
	style, err := files.ReadFile("page.css")
	if err != nil {
		return err
	}
	page := template.New("page.html")
	page.Funcs(template.FuncMap{
		"body":   func(s section) (template.HTML, error) { return body(page, s) },
		"count":  count,
		"num":    func(x float64) string { return num(x, 4) },
		"amount": func(x float64) string { return num(x, 3) },
	})
	if page, err = page.ParseFS(files, "page.html"); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := page.Execute(&out, map[string]any{"R": r, "Style": template.CSS(style),
		"Short": r.inShort(), "Sections": r.sections()}); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err = w.Write(out.Bytes())
	return err
}

// body is a section's template, filled.
func body(page *template.Template, s section) (template.HTML, error) {
	var out bytes.Buffer
	err := page.ExecuteTemplate(&out, s.ID, s.Data)
	return template.HTML(out.String()), err
}
