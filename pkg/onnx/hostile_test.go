package onnx

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// FuzzOpen: whatever the bytes are, reading them ends within a second, in a model or an error.
func FuzzOpen(f *testing.F) {
	for _, name := range []string{"mlp", "cnn-folded", "two-inputs", "with-loss"} {
		b, err := os.ReadFile("testdata/" + name + ".onnx")
		require.NoError(f, err)
		f.Add(b)
	}
	for _, b := range hostile(f) {
		if len(b) < 1<<14 { // the others take their time, and are tested below.
			f.Add(b)
		}
	}
	from, err := openFolder("testdata/mlp.onnx", 1<<24)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, b []byte) {
		from.left = from.limit
		start := time.Now()
		m, err := parse(b, from, Config{})
		if took := time.Since(start); took > 10*time.Second { // a second, on a busy machine.
			t.Fatalf("took %v", took)
		}
		if err == nil {
			m.Close()
		}
	})
}

// proto is a model of one graph.
func proto(nodes []*nodeProto, initializers []*tensorProto, more ...func(*writer)) []byte {
	g := &graphProto{nodes: nodes,
		inputs: []*valueProto{{name: "x", element: float32Type, ranked: true,
			dims: []Dim{{}, {Size: 2}}}},
		outputs: []*valueProto{{name: "y", element: float32Type, ranked: true,
			dims: []Dim{{}}}}}
	var body writer
	for _, n := range g.nodes {
		body.bytes(1, n.encode())
	}
	for _, t := range initializers {
		body.bytes(5, t.encode())
	}
	for _, fn := range more {
		fn(&body)
	}
	body.bytes(11, g.inputs[0].encode())
	body.bytes(12, g.outputs[0].encode())
	var operators, m writer
	operators.varint(2, 18)
	m.bytes(7, body)
	m.bytes(8, operators)
	return m
}

// external is a model whose weight is in another file.
func external(location, offset, length string) []byte {
	var t writer
	t.varint(1, 2)
	t.varint(1, 2)
	t.varint(2, float32Type)
	t.text(8, "w")
	for _, e := range [][2]string{{"location", location}, {"offset", offset}, {"length", length}} {
		var entry writer
		entry.text(1, e[0])
		entry.text(2, e[1])
		t.bytes(13, entry)
	}
	t.varint(14, 1)
	product := []*nodeProto{{op: "MatMul", inputs: []string{"x", "w"}, outputs: []string{"y"}}}
	return proto(product, nil, func(g *writer) { g.bytes(5, t) })
}

// claim is a weight of the given shape, with four bytes of data.
func claim(dims ...int64) []byte {
	w := &tensorProto{name: "w", dims: dims, element: float32Type, data: make([]byte, 4)}
	return proto([]*nodeProto{{op: "MatMul", inputs: []string{"x", "w"}, outputs: []string{"y"}}},
		[]*tensorProto{w})
}

// hostile are files that are to be refused, by what the error says.
func hostile(t testing.TB) map[string][]byte {
	whole, err := os.ReadFile("testdata/mlp-legacy.onnx")
	require.NoError(t, err)
	relu := func(in, out string) *nodeProto {
		return &nodeProto{op: "Relu", inputs: []string{in}, outputs: []string{out}}
	}
	chain := []*nodeProto{relu("x", "0")}
	for i := range maxDepth {
		chain = append(chain, relu(fmt.Sprint(i), fmt.Sprint(i+1)))
	}
	shape := tensorOf(int64Type, []float64{1 << 30, 1 << 30}, 2)
	shape.name = "shape"
	var parts writer
	for range maxParts + 1 {
		parts.bytes(1, nil)
	}
	return map[string][]byte{
		"damaged":                      whole[:len(whole)/2],
		"no graph in it":               {},
		"nothing before it makes":      proto([]*nodeProto{relu("y", "y")}, nil),
		"made twice":                   proto([]*nodeProto{relu("x", "y"), relu("x", "y")}, nil),
		"nothing makes the output":     proto([]*nodeProto{relu("x", "z")}, nil),
		"operations follow each other": proto(chain, nil),
		"claims a shape of [1099511":   claim(1<<40, 1<<40),
		"claims a shape of [-1 2]":     claim(-1, 2),
		"which are 400":                claim(10, 10),
		"more than 16":                 claim(make([]int64, 17)...),
		"files of its own folder":      external("../secret", "0", "16"),
		"its own folder, and below":    external("/etc/hostname", "0", "16"),
		"invalid syntax":               external("mlp.onnx.data", "-4", "16"),
		"value out of range":           external("mlp.onnx.data", "9223372036854775807", "16"),
		"which has":                    external("mlp.onnx.data", "1530", "16"),
		"a length of":                  external("mlp.onnx.data", "0", "1600000000"),
		"no such file":                 external("absent.data", "0", "16"),
		"claims a shape of [1073741824 1073741824]": proto([]*nodeProto{{op: "Expand",
			inputs: []string{"x", "shape"}, outputs: []string{"y"}}}, []*tensorProto{shape}),
		"attributes, tensors": proto(nil, nil, func(g *writer) { *g = append(*g, parts...) }),
	}
}

// TestHostileFiles: each ends in an error that says what is wrong, within a second, and takes less
// memory than the bound of the package's comment.
func TestHostileFiles(t *testing.T) {
	for why, b := range hostile(t) {
		t.Run(why, func(t *testing.T) {
			from, err := openFolder("testdata/mlp.onnx", 1<<24)
			require.NoError(t, err)
			defer from.close()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err = parse(b, from, Config{})
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			require.ErrorContains(t, err, why)
			require.Less(t, took, 5*time.Second) // a tenth of a second on an idle machine.
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(2*len(b)+600<<20))
		})
	}
}

// TestManyNodes: time grows with the file, not with its square, where nodes look at others.
func TestManyNodes(t *testing.T) {
	const many = 20_000
	w := tensorOf(float32Type, []float64{1, 2}, 2)
	w.name = "w"
	tables := []*tensorProto{w}
	var nodes []*nodeProto
	last := "x"
	add := func(op string, inputs ...string) {
		last = fmt.Sprint(op, len(nodes))
		nodes = append(nodes, &nodeProto{op: op, inputs: inputs, outputs: []string{last}})
	}
	for i := range many {
		add("LayerNormalization", last, "w")
		add("CastLike", last, last)
		table := tensorOf(float32Type, []float64{float64(i), 1}, 1, 2)
		table.name = fmt.Sprint("t", i)
		tables = append(tables, table)
		add("Gather", table.name, "w")
		last = nodes[len(nodes)-2].outputs[0]
	}
	nodes = append(nodes, &nodeProto{op: "Relu", inputs: []string{last}, outputs: []string{"y"}})
	b := proto(nodes, tables)
	start := time.Now()
	_, err := parse(b, &folder{}, Config{})
	require.NoError(t, err)
	require.Less(t, time.Since(start), 5*time.Second) // 0.3 s on an idle machine.
}

// TestDoubledVectors: a vector that is joined with itself again and again isn't counted value by
// value, and a step that no integer can be added to ends.
func TestDoubledVectors(t *testing.T) {
	vector := func(name string, v ...int64) *tensorProto {
		t := integersOf(v, int64(len(v)))
		t.name = name
		return t
	}
	var nodes []*nodeProto
	last := "one"
	for i := range 64 {
		next := fmt.Sprint("twice", i)
		nodes = append(nodes, &nodeProto{op: "Concat", inputs: []string{last, last},
			outputs: []string{next}, attributes: []*attributeProto{integerAttribute("axis", 0)}})
		last = next
	}
	nodes = append(nodes, &nodeProto{op: "Slice", outputs: []string{"far"},
		inputs: []string{"twice0", "end", "start", "zero", "step"}},
		&nodeProto{op: "Reshape", inputs: []string{"x", last}, outputs: []string{"z"}},
		&nodeProto{op: "Reshape", inputs: []string{"z", "far"}, outputs: []string{"y"}})
	b := proto(nodes, []*tensorProto{vector("one", 1), vector("zero", 0), vector("end", -1),
		vector("start", math.MinInt64), vector("step", math.MinInt64)})
	start := time.Now()
	m, err := parse(b, &folder{}, Config{})
	require.NoError(t, err)
	m.Close()
	require.Less(t, time.Since(start), 5*time.Second)
}

// TestTruncatedFiles: a file that ends early isn't taken for a model, wherever it ends.
func TestTruncatedFiles(t *testing.T) {
	whole, err := os.ReadFile("testdata/mlp-legacy.onnx")
	require.NoError(t, err)
	for n := range len(whole) {
		_, err := parse(whole[:n], &folder{}, Config{})
		require.Error(t, err, "%d of %d bytes", n, len(whole))
	}
}

// TestLinksOutOfTheFolder: external data that a link leads out of the folder to isn't read.
func TestLinksOutOfTheFolder(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, bytes.Repeat([]byte{1}, 16), 0o644))
	if err := os.Symlink(secret, filepath.Join(dir, "w.data")); err != nil {
		t.Skip(err)
	}
	path := filepath.Join(dir, "m.onnx")
	require.NoError(t, os.WriteFile(path, external("w.data", "0", "16"), 0o644))
	_, err := Open(path, Config{})
	require.ErrorContains(t, err, "escapes")
}

// TestMaxBytes: the bound counts the file and its external data together.
func TestMaxBytes(t *testing.T) {
	info, err := os.Stat("testdata/mlp.onnx")
	require.NoError(t, err)
	_, err = Open("testdata/mlp.onnx", Config{MaxBytes: info.Size() - 1})
	require.ErrorContains(t, err, "Config.MaxBytes")
	_, err = Open("testdata/mlp.onnx", Config{MaxBytes: info.Size() + 8})
	require.ErrorContains(t, err, "Config.MaxBytes")
	m, err := Open("testdata/mlp.onnx", Config{MaxBytes: info.Size() + 4096})
	require.NoError(t, err)
	m.Close()
}

// TestRefusals: what can't be read is named, with a remedy.
func TestRefusals(t *testing.T) {
	branch := &attributeProto{name: "then_branch", kind: graphAttribute}
	training := integerAttribute("training_mode", 1)
	ceil := []*attributeProto{integerAttribute("ceil_mode", 1),
		integersAttribute("kernel_shape", 2)}
	five := []string{"x", "x", "x", "x", "x"}
	for _, c := range []struct {
		n   nodeProto
		why string
	}{
		{nodeProto{op: "If", inputs: []string{"x"}, attributes: []*attributeProto{branch}},
			"a graph of its own"},
		{nodeProto{op: "Loop2", inputs: []string{"x"}}, "no such operation"},
		{nodeProto{op: "Gemm", inputs: []string{"x"}}, "has 1 inputs and takes 2"},
		{nodeProto{op: "Relu", domain: "com.microsoft", inputs: []string{"x"}}, "operator set"},
		{nodeProto{op: "BatchNormalization", inputs: five,
			attributes: []*attributeProto{training}}, "in training mode"},
		{nodeProto{op: "MaxPool", inputs: []string{"x"}, attributes: ceil}, "ceil_mode"},
		{nodeProto{op: "GRU", inputs: []string{"x", "x", "x"}}, "hidden_size"},
	} {
		t.Run(c.n.op, func(t *testing.T) {
			c.n.outputs, c.n.name = []string{"y"}, "layer7"
			var domain writer
			domain.text(7, c.n.domain)
			n := c.n
			b := proto(nil, nil, func(g *writer) { g.bytes(1, append(n.encode(), domain...)) })
			_, err := parse(b, &folder{}, Config{})
			var u *Unsupported
			require.ErrorAs(t, err, &u)
			require.Equal(t, []string{c.n.op, "layer7"}, []string{u.Op, u.Node})
			require.Contains(t, u.Why, c.why)
			require.NotEmpty(t, strings.TrimSpace(u.Remedy))
		})
	}
}
