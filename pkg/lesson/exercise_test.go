package lesson

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/internal/lessontest"
	"lossland/pkg/landscape/analytic"
	"lossland/pkg/lesson/session"
)

// mistakes are the likeliest wrong answers, and each must be refused.
var mistakes = map[string]float64{
	"1.1": -0.5, // halfway between the wells
	"1.2": math.Log(1e12) / 0.1,
	"1.3": 1 - 1.0/4,
	"1.4": math.Sqrt(2 * 0.001 / 199.6825), // the largest alone
	"1.5": math.Log2(10),
	"1.6": 1,
	"2.1": 0.01, // a formula without its half
	"2.2": 4,
	"2.3": 100.0 / 999,
	"2.4": 64,
	"2.5": 1.0 / 3466,
	"3.1": 2,
	"3.2": math.Pow(10, 0.25),
	"3.3": -1,
	"3.4": 0.4,                             // the other branch
	"3.5": math.Log(1000) / math.Log(1.02), // the rate's excess for the factor's
	"4.1": 0.4502,                          // SAM itself
	"4.2": 40,                              // where descent gets unstable
	"4.3": 1.0 / 100,
	"4.4": 4400 / 2,                                       // SAM that climbs in each step
	"4.5": 0.0499 / (0.01 * 0.01),                         // one standard error
	"4.6": 0.5 - 0.05*10*(0.5+0.5*0.5*5/math.Hypot(2, 5)), // SAM instead of ASAM
	"5.1": 3.0 / 8,                                        // coins
	"5.2": 1.3742,
	"5.3": 70.8404 / 2, // one layer
	"5.4": 300 * math.Log(10) / 8970,
	"5.5": math.Log(10) / math.Log(1.05),
	"6.1": 26 * 0.05,
	"6.2": 20 * 3466 / 50.0, // of the loss, not of the length
	"7.1": math.Log(9) / 20, // the stub's mean of the logits
	"7.2": 0.5,
	"7.3": 2 * 0.1 / 50, // momentum as a rate ten times as large
	"7.4": 0.05 / 2500,
	"8.1": math.Exp(0.20),
	"8.2": 39,
}

// TestExercises: each has three outcomes, of which only the wrong one gives a hint, and none gives
// the answer away.
func TestExercises(t *testing.T) {
	for number, e := range exercises {
		t.Run(number, func(t *testing.T) {
			wrong, there := mistakes[number]
			require.True(t, there, "mistakes lacks a likely wrong answer")
			printed := lessontest.Capture(t)
			say := func(answer float64) string {
				printed.Reset()
				Exercise(number, answer)
				return printed.String()
			}
			assert.Equal(t, "○ Exercise "+number+": not answered yet. "+
				"Put your answer in place of lesson.Todo().\n", say(Todo()))
			assert.Equal(t, fmt.Sprintf("✓ Exercise %s: %.4g is right.\n", number, e.want),
				say(e.want))
			assert.Equal(t, fmt.Sprintf("✗ Exercise %s: %.4g isn't it. Hint: %s.\n", number, wrong,
				e.hint), say(wrong))
		})
	}
}

// TestExerciseStrict: a stub passes the strict run too, a wrong answer doesn't.
func TestExerciseStrict(t *testing.T) {
	lessontest.Capture(t)
	t.Setenv(session.StrictVariable, "1")
	assert.NotPanics(t, func() { Exercise("1.2", Todo()) })
	assert.PanicsWithValue(t, "lesson: Exercise 1.3: 0.5 isn't it. Hint: 1/(1−μ) is to be 5.",
		func() { Exercise("1.3", 0.5) })
	assert.PanicsWithValue(t, `lesson: there is no exercise "9.9"; exercises.go lists them`,
		func() { Exercise("9.9", Todo()) })
}

// TestExerciseNumbers checks the two literals of the table that no formula in it gives.
func TestExerciseNumbers(t *testing.T) {
	assert.InDelta(t, 0.1, analytic.RandomFieldIndex(exercises["5.2"].want), 5e-5)
	byHand := 0.0
	for k := 2; k <= 32; k++ {
		byHand += 2 * math.Log10(float64(k))
	}
	assert.InDelta(t, byHand, exercises["5.3"].want, 1e-4)
}

func TestSolution(t *testing.T) {
	printed := lessontest.Capture(t)
	Solution("1.5", math.Log(10), 2.3031, 0.002)
	assert.Equal(t, "✓ solution 1.5: 2.303, as expected\n", printed.String())
	for name, solution := range map[string]func(){
		"not what the exercise asks": func() { Solution("1.5", 2.4, 2.4, 0.1) },
		"not what was measured":      func() { Solution("1.5", math.Log(10), 2.4, 0.01) },
		"a stub":                     func() { Solution("1.5", Todo(), 2.3, 1) },
		"nothing measured":           func() { Solution("1.5", math.Log(10), math.NaN(), 1) },
	} {
		t.Run(name, func(t *testing.T) { assert.Panics(t, solution) })
	}
}

// asking matches the call that asks.
var asking = regexp.MustCompile(`lesson\.Exercise\("([^"]*)"`)

// TestExercisesDontTell reads every notebook: each exercise of the table is asked in one cell, and
// that cell holds neither its answer nor a hint. It logs the count.
func TestExercisesDontTell(t *testing.T) {
	asked, telling := map[string]int{}, 0
	for _, cell := range codeCells(t) {
		match := asking.FindStringSubmatch(cell)
		if match == nil {
			continue
		}
		asked[match[1]]++
		if found := clues(t, cell, exercises[match[1]]); len(found) > 0 {
			telling++
			t.Errorf("the cell of exercise %s tells: %s", match[1], strings.Join(found, ", "))
		}
	}
	for number := range exercises {
		assert.Equal(t, 1, asked[number], "cells that ask exercise %s", number)
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(exercises)), slices.Collect(maps.Keys(asked)))
	t.Logf("exercises that hold their answer: %d of %d", telling, len(asked))
}

// TestClues: the search for answers finds them.
func TestClues(t *testing.T) {
	e := exercise{want: 0.25, tol: 1e-3, hint: "the mean is over examples"}
	for cell, want := range map[string]int{
		`func f() float64 { return lesson.Todo() }` + "\n%%\n" + `lesson.Exercise("1", f())`: 0,
		`%%` + "\n" + `lesson.Exercise("1", f(), 0.25)`:                                      2,
		`%%` + "\n" + `lesson.Exercise("1", 1.0/4)`:                                          1,
		`%%` + "\n" + `lesson.Exercise("1", f()) // the mean is over examples`:               1,
		"func f() float64 {\n\treturn lesson.Todo() // a quarter\n}":                         1,
	} {
		assert.Len(t, clues(t, cell, e), want, cell)
	}
}

// clues are what in a cell gives an exercise away: an argument beside the answer, a constant that
// is the answer, the hint, a remark beside the stub.
func clues(t *testing.T, cell string, e exercise) (found []string) {
	t.Helper()
	declarations, body, _ := strings.Cut(cell, "%%\n")
	source := "package p\n" + declarations + "\nfunc main() {\n" + body + "\n}"
	file, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	require.NoError(t, err, cell)
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if f, is := n.Fun.(*ast.SelectorExpr); is && f.Sel.Name == "Exercise" &&
				len(n.Args) != 2 {
				found = append(found, "more arguments than the answer")
			}
		case ast.Expr:
			if value, is := constant(n); is && math.Abs(value-e.want) <= e.tol && e.want != 0 {
				found = append(found, fmt.Sprintf("the constant %g", value))
				return false
			}
		}
		return true
	})
	if strings.Contains(cell, e.hint) {
		found = append(found, "its hint")
	}
	if regexp.MustCompile(`lesson\.Todo\(\)\s*//`).MatchString(cell) {
		found = append(found, "a remark beside the stub")
	}
	return found
}

// constant is the value of a number, or of a quotient of two.
func constant(n ast.Expr) (value float64, is bool) {
	switch n := n.(type) {
	case *ast.BasicLit:
		value, err := strconv.ParseFloat(n.Value, 64)
		return value, err == nil
	case *ast.UnaryExpr:
		value, is := constant(n.X)
		return -value, is && n.Op == token.SUB
	case *ast.BinaryExpr:
		a, first := constant(n.X)
		b, second := constant(n.Y)
		return a / b, first && second && n.Op == token.QUO
	}
	return 0, false
}

// codeCells are the sources of all code cells of the notebooks.
func codeCells(t *testing.T) (cells []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "notebooks", "*.ipynb"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		var notebook struct {
			Cells []struct {
				Type   string   `json:"cell_type"`
				Source []string `json:"source"`
			} `json:"cells"`
		}
		require.NoError(t, json.Unmarshal(data, &notebook), path)
		for _, cell := range notebook.Cells {
			if cell.Type == "code" {
				cells = append(cells, strings.Join(cell.Source, ""))
			}
		}
	}
	return cells
}
