package viz_test

import (
	"testing"

	"lossland/internal/mutants"
)

// faults are faults of the figures.
var faults = []mutants.Mutant{
	{"saddles are joined the wrong way", "marching.go", "m.middle(i, j) >= level", "m.middle(i, j) < level", "TestSaddles"},
	{"a border lacks the finite area's own border", "marching.go", "if (from || to) && !m.finiteCell", "if from && to && !m.finiteCell", "TestRegionsPartitionTheFiniteArea"},
	{"crossings are measured from the wrong end", "marching.go", "return (level/2 - a/2) / (b/2 - a/2)", "return 1 - (level/2 - a/2) / (b/2 - a/2)", "TestIsoLineOfParaboloidIsACircle"},
	{"crossings are in the middle of an edge", "marching.go", "return (level/2 - a/2) / (b/2 - a/2)", "return 0.5 + 0*(a+b+level)", "TestAreaBetweenLevels"},
	{"the region is below the level", "marching.go", "[int(v.i)*m.ny+int(v.j)] >= level", "[int(v.i)*m.ny+int(v.j)] < level", "TestRegionOnEdges"},
	{"one corner is forgotten", "grid.go", ".worse(kindOf(f.at(i, j+1)))", "", "TestRegionsPartitionTheFiniteArea"},
	{"the picture is transposed", "chart.go", "return point{c.xAt(x), c.yAt(y)}", "return point{c.area.x0 + c.ys.at(y)*c.area.width(), c.area.y1 - c.xs.at(x)*c.area.height()}", "TestNotTransposed"},
	{"y points down", "chart.go", "return c.area.y1 - c.ys.at(v)*c.area.height()", "return c.area.y0 + c.ys.at(v)*c.area.height()", "TestAxesMapToPixels"},
	{"falling axes are taken as they come", "grid.go", "g.Z(flipped(i, nx, flipX), flipped(j, ny, flipY))", "g.Z(flipped(i, nx, flipX != flipX), flipped(j, ny, flipY != flipY))", "TestFallingAxes"},
	{"the hatches have no legend", "contour.go", "out = append(out, hatchEntry(k))", "_ = k", "TestNonFiniteLegend"},
	{"+Inf looks like NaN", "grid.go", "return isPosInf\n", "return isNaN\n", "TestNonFiniteLegend"},
	{"a curve runs through NaN", "line.go", "ok = ok && finite(y[k])", "ok = ok || finite(y[k])", "TestRuns"},
	{"no cross where a curve isn't finite", "line.go", "c.cross(s.color(), c.xAt(s.X[k]), y)", "_ = y", "TestNonFiniteInCurves"},
	{"a band has its ends in the wrong order", "line.go", "for k := r[1] - 1; k >= r[0]; k-- {", "for k := r[0]; k < r[1]; k++ {", "TestBand"},
	{"all figures have the same ids", "drawing.go", "hex.EncodeToString(sum[:5])", "hex.EncodeToString(sum[:0])", "TestDocument"},
	{"panels share ids", "drawing.go", `prefix := []byte(idMark + "-" + name)`, `prefix := []byte(idMark + name[:0])`, "TestPanelsKeepIDsApart"},
	{"panels aren't aligned", "panels.go", "if drawn, err = c.drawAll(wanted); err != nil {", "if err != nil {", "TestPanelsAlign"},
	{"labels aren't escaped", "drawing.go", "return xmlEscaper.Replace(s)", "_ = xmlEscaper; return s", "TestLabelsAreEscaped"},
	{"AltText is ignored", "figure.go", `if text != "" {`, `if text == "\x00" {`, "TestAltText"},
	{"the minimum is the maximum", "grid.go", "v < f.min.z", "v > f.min.z", "ExampleContour"},
	{"a hyphen instead of a minus", "number.go", `strings.Replace(s, "-", "−", 1)`, `strings.Replace(s, "−", "-", 1)`, "TestNumber"},
	{"steps of 4", "scale.go", "return 5 * power", "return 4 * power", "TestTicks"},
	{"subnormal logarithms", "scale.go", "if v < 0x1p-1022 {", "if v < 0 {", "TestScaleMaps"},
	{"nothing holds the ends of the float range", "scale.go", "return math.Max(-math.MaxFloat64, math.Min(math.MaxFloat64, v))", "return v", "TestExtremeValues"},
	{"levels don't reach the extremes", "levels.go", "first, last = math.Floor(z.lo/step+1e-9), math.Ceil(z.hi/step-1e-9)", "first, last = first+0*step, last", "TestLevels"},
	{"a diverging map isn't centred", "levels.go", "return z.colors.at(0.5 + (z.at(v)-c)/(2*reach))", "return z.colors.at(z.at(v) + 0*c*reach)", "TestDivergingCenter"},
	{"a wrong anchor", "colormap.go", "0x31688e, 0x26828e, 0x1f9e89", "0x31688e, 0x28826e, 0x2f9e29", "TestColorMaps"},
	{"faint text", "theme.go", `muted: "#555a63"`, `muted: "#8a909a"`, "TestContrast"},
	{"iso-labels may meet", "isolabel.go", "if math.Hypot(p.x-q.x, p.y-q.y) < labelApart {", "if math.Hypot(p.x-q.x, p.y-q.y) < 0 {", "TestIsoLabels"},
	{"lines run through their labels", "isolabel.go", "a, b := c.at-c.length/2-labelGap, c.at+c.length/2+labelGap", "a, b := c.at, c.at", "TestIsoLabels"},
	{"coordinates drift", "drawing.go", "p.x, p.y = nx, ny\n", "p.x, p.y = p.x+dx-dx/9, p.y+dy\n", "TestPathData"},
	{"log fits are linear", "scatter.go", "y = math.Pow(10, y)", "_ = math.Pow(10, y)", "TestFitOnLogAxes"},
	{"a bin holds its upper edge", "histogram.go", "return edges[k+1] > v }", "return edges[k+1] >= v }", "TestHistogramCounts"},
	{"signs share a colour", "strip.go", "p := &above\n\t\t\tif v < 0 {", "p := &above\n\t\t\tif v < -1e9 {", "TestStripTicks"},
	{"a density of 0 lies on the floor", "density.go", "below := math.Max(ys.lo/100, math.SmallestNonzeroFloat64)", "below := ys.lo", "TestDensityFloor"},
	{"an interval's ends change places", "intervals.go", "write(r.Value), write(r.Lo), write(r.Hi))", "write(r.Value), write(r.Hi), write(r.Lo))", "TestIntervalWords"},
	{"the front is painted first", "surface3d.go", "if near == 0 {", "if near != 0 {", "TestPaintersOrder"},
	{"nothing is hidden", "surface3d.go", "< depth && s.covers(i, j, q)", "< depth && s.covers(i, j, q) && false", "TestHiddenPoints"},
	{"a fine grid isn't thinned", "surface3d.go", "mostCells = 40 ", "mostCells = 400 ", "TestSize"},
	{"every pixel is drawn alone", "contour.go", "for end < len(f.xs) && shade(end, j) == s {", "for end < 0 {", "TestSize"},
	{"images have half the ink", "images.go", "im.Pixels[r*w+c]/top", "im.Pixels[r*w+c]/(2*top)", "TestImagesShades"},
	{"SAM's gradient is drawn at w", "samstep.go", "arrow(s.Ascent, end,", "arrow(s.Start, end,", "TestSAMStepArrows"},
	{"a bad figure empties the file", "save.go", "\tif err != nil {\n\t\treturn fmt.Errorf(\"viz: Save: %s: %w\", path, err)\n\t}\n", "\t_ = err\n", "TestSave"},
	{"ragged grids pass", "grid.go", "if len(row) != len(ys) {", "if len(row) > len(ys) {", "TestBadInput"},
	{"the alternative text isn't escaped", "html.go", "escape(plain(alt)), style", "plain(alt), style", "TestHTML"},
}

func TestMutants(t *testing.T) { mutants.Try(t, faults) }
