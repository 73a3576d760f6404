package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"maps"
	"math"
	"slices"
	"strings"

	"lossland/pkg/audit"
	"lossland/pkg/landscape"
	"lossland/pkg/result"
)

// section is a part of the page. Its body is the template of the same name, filled with data; where
// Refused isn't empty the body is left out and the reason stands there.
type section struct {
	ID, Title string
	Refused   string
	Data      any
}

// sections are those of the page in their order.
func (r *Report) sections() []section {
	return []section{
		r.section("audit", "Is this picture right?", r.auditData, auditPart),
		r.section("loss", "Loss and metrics", r.lossData, lossPart),
		r.section("surface", "The surface", r.surfaceData, surfacePart),
		r.section("lines", "Along the sharpest directions", r.linesData, linesPart),
		r.section("spectrum", "The spectrum", r.spectrumData, eigenpairsPart),
		r.section("sharpness", "Sharpness", r.sharpnessData, ""),
		r.section("point", "What kind of point this is", r.pointData, classPart),
		r.section("cost", "What it cost", r.costData, ""),
		r.section("again", "To make this page again", r.againData, ""),
	}
}

// section asks for the data of a section unless its part was refused.
func (r *Report) section(id, title string, data func() any, part string) section {
	s := section{ID: id, Title: title}
	if err := r.refusal(part); part != "" && err != nil {
		s.Refused = err.Error()
		return s
	}
	s.Data = data()
	return s
}

// row is a line of a table: a name and the cells after it.
type row struct {
	Name  string
	Cells []string
}

// inShort are the sentences at the top of the page.
func (r *Report) inShort() (sentences []string) {
	say := func(format string, a ...any) {
		sentences = append(sentences, fmt.Sprintf(format, a...))
	}
	if r.Audit != nil {
		say("%s", r.verdict())
	}
	if r.Evaluation != nil {
		say("The %s is %s over %s examples.", r.Config.Loss, estimated(r.Evaluation.Loss),
			count(r.Examples))
	}
	if r.Eigenpairs != nil {
		say("The sharpest direction has the curvature λmax = %s; the lowest is %s.",
			num(r.Eigenpairs.Max(), 4), num(r.Eigenpairs.Min(), 3))
	}
	if r.Class != nil {
		say("The point is classified as: %s.", r.Class.Verdict)
	}
	if r.Spread != nil {
		say("%s", r.typical())
	}
	if refused := r.refusedParts(); len(refused) > 0 {
		say("Refused, for reasons given below: %s.", strings.Join(refused, ", "))
	}
	return sentences
}

// verdict is that of the audit as a whole.
func (r *Report) verdict() string {
	said := func(v audit.Verdict) string {
		var sentences []string
		for _, row := range r.Audit.Rows {
			if row.Verdict == v {
				sentences = append(sentences, row.Check.Question()+" "+row.Sentence)
			}
		}
		return strings.Join(sentences, " ")
	}
	late := ""
	if n := r.Audit.Unreached(); n > 0 {
		late = fmt.Sprintf(" Time ran out before %d of %d questions.", n, len(r.Audit.Rows))
	}
	switch r.Audit.Verdict() {
	case audit.Wrong:
		return "Something is wrong, and what follows may mislead. " + said(audit.Wrong) + late
	case audit.Look:
		if len(r.Audit.In(audit.Look)) == 0 {
			return "Nothing was found wrong." + late
		}
		return "Nothing was found wrong. To know before reading on: " + said(audit.Look) + late
	case audit.Right:
		return "Nothing was found wrong." + late
	}
	return "Whether the picture is right wasn't tried." + late
}

// check is a line of the audit.
type check struct{ Question, Verdict, Class, Value, Threshold, Sentence, Names string }

func (r *Report) auditData() any {
	classes := map[audit.Verdict]string{audit.Right: "good", audit.Look: "look", audit.Wrong: "bad"}
	var rows []check
	for _, row := range r.Audit.Rows {
		c := check{Question: row.Check.Question(), Verdict: row.Verdict.String(),
			Class: classes[row.Verdict], Sentence: row.Sentence,
			Names: strings.Join(row.Names, ", ")}
		if strings.Contains(row.Sentence, c.Names) {
			c.Names = ""
		}
		if !math.IsNaN(row.Value) {
			c.Value = strings.TrimSpace(sized(row.Value, 3) + " " + row.Unit)
		}
		if !math.IsNaN(row.Threshold) {
			c.Threshold = "against " + sized(row.Threshold, 2)
		}
		rows = append(rows, c)
	}
	return map[string]any{"Rows": rows, "Used": count(r.Audit.Examples),
		"Of": count(r.Audit.Of), "All": r.Audit.Examples == r.Audit.Of}
}

func (r *Report) refusedParts() (names []string) {
	for _, part := range r.Parts {
		if part.Err != nil {
			names = append(names, part.Name)
		}
	}
	return names
}

// typical answers whether the plane of the picture is one of many.
func (r *Report) typical() string {
	t := r.Spread.Typical
	answer := "The plane of the surface is typical"
	if t.P <= 0.05 {
		answer = "The plane of the surface is not typical"
	}
	return fmt.Sprintf("%s: %s of %d random planes, itself included, are at least as far from the "+
		"others' median (%s times their usual distance).", answer,
		count(int(math.Round(t.P*float64(len(t.Distance))))), len(t.Distance), num(t.Ratio, 2))
}

func (r *Report) lossData() any {
	e := r.Evaluation
	rows := []row{{r.Config.Loss, []string{estimated(e.Loss), count(e.Loss.N)}}}
	if e.Data != e.Loss {
		rows = append(rows, row{"without regularizer",
			[]string{estimated(e.Data), count(e.Data.N)}})
	}
	for _, name := range slices.Sorted(maps.Keys(e.Metrics)) {
		m := e.Metrics[name]
		rows = append(rows, row{name, []string{estimated(m), count(m.N)}})
	}
	return map[string]any{"Rows": rows, "Form": r.Form, "Error": !math.IsNaN(e.Loss.StdErr)}
}

// scaled says how directions are scaled, and what for.
var scaled = map[landscape.Normalization]string{
	landscape.ByFilter: "scaled filter by filter to the weights' own size (Li et al. 2018), so " +
		"that a network whose layers are rescaled without changing its function gives the same " +
		"picture: at a distance of 1, every filter has moved by its own length",
	landscape.ByLayer: "scaled layer by layer to the weights' own size: at a distance of 1, " +
		"every kernel has moved by its own length",
	landscape.Unnormalized: "not scaled to the weights: rescaling a network's layers, which " +
		"needn't change its function, would change this picture",
}

func (r *Report) surfaceData() any {
	value, i, j := r.Surface.Loss.Min()
	low := ""
	if i >= 0 {
		low = fmt.Sprintf("%s at α = %s, β = %s", num(value, 4),
			num(r.Surface.Loss.Alphas[i], 3), num(r.Surface.Loss.Betas[j], 3))
	}
	data := map[string]any{"Picture": r.surfacePicture(), "Errors": r.surfaceHasErrors(),
		"Seed": r.Config.Seed, "Range": given(r.Config.Range),
		"Points": count(r.Surface.Done), "Lowest": low,
		"File": r.surfaceFile(), "Scaled": scaled[r.Config.Normalize.By]}
	if err := r.refusal(spreadPart); err != nil {
		data["SpreadRefused"] = err.Error()
	} else if r.Spread != nil {
		data["Spread"], data["Typical"] = r.spreadPicture(), r.typical()
	}
	return data
}

// surfaceFile is the surface as a NumPy archive in an address.
func (r *Report) surfaceFile() template.URL {
	var file bytes.Buffer
	if err := r.Surface.Write(&file, ".npz", landscape.FileConfig{}); err != nil {
		return ""
	}
	return template.URL("data:application/zip;base64," +
		base64.StdEncoding.EncodeToString(file.Bytes()))
}

func (r *Report) linesData() any {
	return map[string]any{"Picture": r.linesPicture(), "Reach": num(r.Config.Reach, 3)}
}

func (r *Report) spectrumData() any {
	e := r.Eigenpairs
	var rows []row
	for i := len(e.Values) - 1; i >= 0; i-- {
		rows = append(rows, row{num(e.Values[i], 5), []string{num(e.Residuals[i], 2)}})
	}
	data := map[string]any{"Picture": r.spectrumPicture(), "Rows": rows,
		"Status": e.Status.String(), "Method": e.Method.String(),
		"Products": count(e.Cost.Products)}
	d := r.density()
	if d == nil {
		data["DensityRefused"] = fmt.Sprint(r.refusal(classPart))
		return data
	}
	if !slices.ContainsFunc(r.Panel, func(s landscape.Sharpness) bool {
		_, is := s.Measure.(landscape.Trace)
		return is
	}) { // else it is in the panel, once.
		data["Trace"] = estimated(d.Trace())
	}
	data["Norm"] = estimated(d.Frobenius())
	data["Rank"], data["Probes"] = num(d.EffectiveRank(), 3), len(d.Probes)
	data["Exact"] = r.Class.Exact
	return data
}

// sharp is a line of the panel.
type sharp struct{ Name, Value, Kind, Formula, Meaning, Rescaling, Status string }

func (r *Report) sharpnessData() any {
	var rows []sharp
	for _, s := range r.Panel {
		formula, _ := landscape.About(s.Measure)
		line := sharp{Name: s.Measure.String(), Value: num(s.Value, 4), Formula: formula,
			Meaning: meaning(s, r.Weights), Rescaling: rescaling(s.Measure)}
		if u := s.Uncertainty; u.Kind != result.NoUncertainty && !math.IsNaN(u.Value) {
			line.Value, line.Kind = plusMinus(s.Value, u.Value), u.Kind.String()
		}
		if s.Status != result.NotTerminated && s.Status != result.Converged {
			line.Status = s.Status.String()
		}
		rows = append(rows, line)
	}
	data := map[string]any{"Rows": rows}
	if err := r.refusal(sharpnessPart); err != nil {
		data["Refused"] = strings.Split(err.Error(), "\n")
	}
	return data
}

func (r *Report) pointData() any {
	c := r.Class
	share := func(e result.Estimate) string { return plusMinus(100*e.Value, 100*e.StdErr) + " %" }
	rows := []row{
		{"gradient ‖∇L‖", []string{num(c.GradientNorm, 4),
			"critical up to " + num(c.GradientTol, 3)}},
		{"largest eigenvalue", []string{plusMinus(c.Highest, c.HighestResidual), "residual"}},
		{"smallest eigenvalue", []string{plusMinus(c.Lowest, c.LowestResidual), "residual"}},
		{"share of negative eigenvalues", []string{share(c.Index),
			"below −" + num(c.EigenTol, 2)}},
		{"share of zeros", []string{share(c.Zero), "within ±" + num(c.EigenTol, 2)}},
	}
	return map[string]any{"Verdict": c.Verdict.String(), "Why": c.Why, "Rows": rows}
}

func (r *Report) costData() any {
	total := Part{Name: "all", Cost: r.Cost()}
	for _, part := range r.Parts {
		total.Seconds += part.Seconds
	}
	return map[string]any{"Parts": append(slices.Clone(r.Parts), total)}
}

// record is how the first part that has a record came about.
func (r *Report) record() (landscape.Record, bool) {
	if r.Surface != nil {
		return r.Surface.Record, true
	}
	if len(r.Lines) > 0 {
		return r.Lines[0].Record, true
	}
	return landscape.Record{}, false
}

func (r *Report) againData() any {
	record, known := r.record()
	pairs := func(m map[string]string) (rows []row) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			rows = append(rows, row{key, []string{m[key]}})
		}
		return rows
	}
	hashes := map[string]string{"weights": record.Weights, "data": record.Data,
		"model": record.Model, "other state": record.State, "directions": record.Directions}
	maps.DeleteFunc(hashes, func(_, hash string) bool { return hash == "" })
	return map[string]any{"Commands": strings.Join(r.Config.Commands, "\n"), "Seed": r.Config.Seed,
		"Known": known, "Versions": pairs(record.Versions), "Settings": pairs(record.Config),
		"Hashes": pairs(hashes), "Idle": r.Idle}
}
