package onnx

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/gomlx/compute/dtypes"
)

// Role is what an initializer is for. What the rule in the package's comment takes for weights has
// one of the first roles, what it holds constant one of the others.
type Role string

// The roles of weights.
const (
	Kernel    Role = "kernel"    // of a convolution.
	Matrix    Role = "matrix"    // a factor of a matrix product.
	Table     Role = "table"     // of an embedding.
	Recurrent Role = "recurrent" // of an LSTM, a GRU or an RNN.
	Bias      Role = "bias"      // of a product, a convolution or a normalisation.
	Scale     Role = "scale"     // of a normalisation, or a factor of activations.
	Slope     Role = "slope"     // of a PReLU.
	Added     Role = "summand"   // of activations: a bias or positions.
	Joined    Role = "token"     // joined with activations, or put in their place.
	Chosen    Role = "as told"   // a weight because Config.Train or the file says so.
	Statistic Role = "statistic" // BatchNorm's: held constant, as in use.
	Scalar    Role = "scalar"    // one number: a temperature, 1/√d, an ε.
	Mask      Role = "mask"      // of attention: zeros and very negative numbers.
	Buffer    Role = "buffer"    // the file says that it isn't trained.
	Held      Role = "held"      // Config.Hold says so.
	Argument  Role = "argument"  // of an operation that isn't differentiated by it.
)

// Initializer is a constant of the file: a weight, or one that is held.
type Initializer struct {
	// Name is the initializer's in the file.
	Name string
	// Path is where the store has it: the name with its last dot as a slash. Empty for what isn't
	// in the store.
	Path string
	// DType is what it is computed in; 16-bit floats of the file are widened to float32.
	DType dtypes.DType
	// Shape is its shape in the file.
	Shape []int
	// Role is what it is for.
	Role Role
	// Why says where it goes, such as `kernel of Conv "/conv1/Conv"`.
	Why string
	// Tied are the names of other initializers that hold the same matrix, transposed.
	Tied []string

	value *tensorProto
}

// String is its name, dtype, shape and why it is what it is.
func (i Initializer) String() string {
	return fmt.Sprintf("%s %s%v: %s", i.Name, strings.ToLower(i.DType.String()), i.Shape, i.Why)
}

// weighs reports whether a role is that of a weight.
func (r Role) weighs() bool {
	switch r {
	case Kernel, Matrix, Table, Recurrent, Bias, Scale, Slope, Added, Joined, Chosen:
		return true
	}
	return false
}

// views are the operations that bring a value into another shape.
var views = map[string]bool{"Transpose": true, "Reshape": true, "Identity": true, "Cast": true,
	"Unsqueeze": true, "Squeeze": true, "Flatten": true, "Slice": true, "Split": true,
	"Expand": true, "Tile": true, "CastLike": true}

// roles are those of operations whose inputs say what they are for.
var roles = map[string][]Role{
	"Conv": {Matrix, Kernel, Bias}, "ConvTranspose": {Matrix, Kernel, Bias},
	"Gemm": {Matrix, Matrix, Bias}, "MatMul": {Matrix, Matrix}, "Einsum": {Matrix, Matrix},
	"Gather": {Table}, "LSTM": {"", Recurrent, Recurrent, Bias, Argument, Argument, Argument,
		Recurrent},
	"GRU": {"", Recurrent, Recurrent, Bias}, "RNN": {"", Recurrent, Recurrent, Bias},
	"BatchNormalization":    {"", Scale, Bias, Statistic, Statistic},
	"LayerNormalization":    {"", Scale, Bias},
	"GroupNormalization":    {"", Scale, Bias},
	"InstanceNormalization": {"", Scale, Bias},
	"RMSNormalization":      {"", Scale}, "SimplifiedLayerNormalization": {"", Scale},
	"PRelu": {"", Slope}, "Attention": {"", "", "", Mask},
}

// operand are the roles of what goes into an element-wise operation, if it has more than one value.
var operand = map[string]Role{"Add": Added, "Sub": Added, "Sum": Added, "Mul": Scale, "Div": Scale,
	"Concat": Joined, "Where": Joined, "Pow": Argument, "Max": Joined, "Min": Joined,
	"ScatterND": Joined, "ScatterElements": Joined}

// classify says for each float initializer what it is for. Where several uses differ, the first
// that makes it a weight counts.
func (m *Model) classify(g *graphProto) error {
	uses := g.uses()
	declared := signature(g.signature)
	producers := make(map[string]string)
	for _, n := range g.nodes {
		for _, out := range n.outputs {
			producers[out] = n.op
		}
	}
	for _, t := range g.initializers {
		if !t.isFloat() {
			continue
		}
		i := Initializer{Name: t.name, DType: t.dtype(), Shape: t.shape(), value: t}
		i.Role, i.Why = role(t, uses, producers)
		if d := declared[t.name]; d == "BUFFER" && i.Role.weighs() {
			i.Why, i.Role = "a buffer, as PyTorch says in the file: "+i.Why, Buffer
		} else if d == "" && len(declared) > 0 && fills(t, i.Role) {
			i.Why, i.Role = "all "+fmt.Sprint(t.values()[0])+", and no parameter, as PyTorch says "+
				"in the file: "+i.Why, Buffer
		} else if d == "PARAMETER" && i.Role == Scalar {
			i.Why, i.Role = "a parameter, as PyTorch says in the file: "+i.Why, Chosen
		}
		if err := m.told(&i); err != nil {
			return err
		}
		if i.Role.weighs() {
			m.weights = append(m.weights, i)
		} else {
			m.constants = append(m.constants, i)
		}
	}
	return m.checkPatterns()
}

// fills reports whether a scale is all 1 or a bias all 0: what an exporter writes where a
// normalisation has none.
func fills(t *tensorProto, role Role) bool {
	want := 1.0
	if role == Bias {
		want = 0
	}
	return (role == Scale || role == Bias) && t.size() > 0 &&
		!slices.ContainsFunc(t.values(), func(v float64) bool { return v != want })
}

// told applies what the user selects by name.
func (m *Model) told(i *Initializer) error {
	hold, err := matches(m.cfg.Hold, i.Name)
	if err != nil {
		return bad("Open", "Config.Hold", m.cfg.Hold, "patterns as of path.Match")
	}
	train, err := matches(m.cfg.Train, i.Name)
	if err != nil {
		return bad("Open", "Config.Train", m.cfg.Train, "patterns as of path.Match")
	}
	switch {
	case hold && train:
		return bad("Open", "Config.Train", i.Name, "no name that Config.Hold has, too")
	case hold:
		i.Why, i.Role = "held, as Config.Hold says: "+i.Why, Held
	case train && !i.Role.weighs():
		i.Why, i.Role = "a weight, as Config.Train says: "+i.Why, Chosen
	}
	return nil
}

// checkPatterns refuses patterns that select nothing: they are mistyped.
func (m *Model) checkPatterns() error {
	for name, patterns := range map[string][]string{"Hold": m.cfg.Hold, "Train": m.cfg.Train} {
		for _, p := range patterns {
			found := func(i Initializer) bool { ok, _ := matches([]string{p}, i.Name); return ok }
			if !slices.ContainsFunc(m.weights, found) && !slices.ContainsFunc(m.constants, found) {
				return bad("Open", "Config."+name, p, "the name of a float initializer, or a "+
					"pattern; Model.Weights and Model.Constants list them")
			}
		}
	}
	return nil
}

func matches(patterns []string, name string) (bool, error) {
	for _, p := range patterns {
		ok, err := path.Match(p, name)
		if ok || err != nil || p == name {
			return ok || p == name, err
		}
	}
	return false, nil
}

// role follows an initializer through its views to its uses.
func role(t *tensorProto, uses map[string][]use,
	producers map[string]string) (Role, string) {
	role, why := Argument, "nothing that is differentiated by it"
	seen := map[string]bool{t.name: true}
	mask := sync.OnceValue(func() bool { return isMask(t) })
	for queue := []string{t.name}; len(queue) > 0; queue = queue[1:] {
		for _, u := range uses[queue[0]] {
			if views[u.node.op] && u.input == 0 {
				for _, out := range u.node.outputs {
					if !seen[out] {
						seen[out] = true
						queue = append(queue, out)
					}
				}
				continue
			}
			r := roleIn(t, u, producers)
			if r.weighs() && (r == Added || r == Scale || r == Joined) && mask() {
				r = Mask
			}
			if r == Argument && role != Argument {
				continue
			}
			role, why = r, fmt.Sprintf("%s of %s", r, u.node)
			if r.weighs() || r == Statistic {
				return role, why
			}
		}
	}
	return role, why
}

// roleIn is the role in one use. producers are the operations that make values.
func roleIn(t *tensorProto, u use, producers map[string]string) Role {
	if known, ok := roles[u.node.op]; ok {
		if u.input < len(known) && known[u.input] != "" {
			return known[u.input]
		}
		return Argument
	}
	r, ok := operand[u.node.op]
	switch {
	case !ok || u.node.op == "Where" && u.input == 0:
		return Argument
	case u.node.op == "Add" && len(t.dims) == 1 && len(u.node.inputs) == 2 &&
		products[producers[u.node.inputs[1-u.input]]]:
		return Bias
	case r.weighs() && t.size() == 1:
		return Scalar
	}
	return r
}

// products are the operations after which a vector that is added is a bias.
var products = map[string]bool{"MatMul": true, "Conv": true, "ConvTranspose": true, "Einsum": true}

// isMask reports whether the values are those of a mask: infinite, or zeros and one very negative
// number.
func isMask(t *tensorProto) bool {
	lowest, others := 0.0, false
	for _, v := range t.values() {
		switch {
		case math.IsInf(v, 0):
			return true
		case v <= -1e3 && (lowest == 0 || lowest == v):
			lowest = v
		case v != 0 && v != 1:
			others = true
		}
	}
	return lowest < 0 && !others
}

// signature reads which names are parameters and which buffers, from what PyTorch's exporter
// writes: lines such as "p_conv1_weight: PARAMETER target='conv1.weight'".
func signature(text string) map[string]string {
	kinds := make(map[string]string)
	for line := range strings.Lines(text) {
		_, rest, ok := strings.Cut(line, ": ")
		if !ok {
			continue
		}
		kind, rest, _ := strings.Cut(rest, " ")
		_, rest, _ = strings.Cut(rest, "target='")
		if name, _, ok := strings.Cut(rest, "'"); ok {
			kinds[name] = kind
		}
	}
	return kinds
}

// tie finds matrices that are an embedding's table, transposed: exporters that fold constants write
// a tied table twice. The graph reads the table in their place.
func (m *Model) tie(g *graphProto) {
	values := make(map[string]*tensorProto)
	for _, t := range g.initializers {
		values[t.name] = t
	}
	tables := make(map[string]*tensorProto) // by what they are, transposed.
	for _, n := range g.nodes {
		if n.op != "Gather" || len(n.inputs) == 0 {
			continue
		}
		if t := values[n.inputs[0]]; t != nil && len(t.dims) == 2 && t.isFloat() &&
			!isUniform(t.data) {
			tables[transposedKey(t)] = t
			delete(values, t.name) // once is enough.
		}
	}
	if len(tables) == 0 {
		return
	}
	var turned []*nodeProto
	g.initializers = slices.DeleteFunc(slices.Clone(g.initializers), func(t *tensorProto) bool {
		table := tables[contentKey(t)]
		if table == nil || table == t {
			return false
		}
		turned = append(turned, &nodeProto{op: "Transpose", name: "tied: " + t.name,
			inputs: []string{table.name}, outputs: []string{t.name},
			attributes: []*attributeProto{integersAttribute("perm", 1, 0)}})
		m.tied[table.name] = append(m.tied[table.name], t.name)
		m.note("%q is %q, transposed, bit by bit: they are tied, one weight", t.name, table.name)
		return true
	})
	g.nodes = append(turned, g.nodes...)
}

// contentKey tells matrices apart by dtype, shape and values.
func contentKey(t *tensorProto) string {
	if len(t.dims) != 2 || !t.isFloat() {
		return ""
	}
	return fmt.Sprintf("%d %v %x", t.element, t.dims, sha256.Sum256(t.data))
}

// transposedKey is the key of the matrix, transposed.
func transposedKey(t *tensorProto) string {
	rows, columns := t.dims[0], t.dims[1]
	return contentKey(&tensorProto{element: t.element, dims: []int64{columns, rows},
		data: transposed(t.data, int(rows), int(columns), t.dtype().Size())})
}

// isUniform reports whether all values are the same.
func isUniform(data []byte) bool {
	for i := 4; i+4 <= len(data); i += 4 {
		if binary.LittleEndian.Uint32(data[i:]) != binary.LittleEndian.Uint32(data) {
			return false
		}
	}
	return true
}

// separate undoes what PyTorch's older exporter does to initializers of equal values, also where
// they are parameters of their own: it keeps one, and makes the others by Identity.
func (m *Model) separate(g *graphProto) {
	values := make(map[string]*tensorProto)
	for _, t := range g.initializers {
		values[t.name] = t
	}
	m.copyStatistics(g, values)
	results := make(map[string]bool)
	for _, v := range g.outputs {
		results[v.name] = true
	}
	var apart []string
	g.nodes = slices.DeleteFunc(slices.Clone(g.nodes), func(n *nodeProto) bool {
		if n.op != "Identity" || len(n.outputs) != 1 {
			return false
		}
		t := values[n.input(0)]
		if t == nil || !t.isFloat() || results[n.outputs[0]] {
			return false
		}
		own := *t
		own.name = n.outputs[0]
		g.initializers = append(g.initializers, &own)
		values[own.name] = &own
		apart = append(apart, own.name)
		m.separated[own.name] = true
		return true
	})
	if len(apart) > 0 {
		m.note("%d initializers that the exporter had merged with others, because their values "+
			"are the same, are weights of their own again: %s", len(apart), list(apart))
	}
}

// copyStatistics gives BatchNorm statistics of their own where an initializer of the same values
// serves for something else, too.
func (m *Model) copyStatistics(g *graphProto, values map[string]*tensorProto) {
	uses := g.uses()
	for _, n := range g.nodes {
		for i := 3; n.op == "BatchNormalization" && i < len(n.inputs) && i < 5; i++ {
			t := values[n.inputs[i]]
			if t == nil || len(uses[t.name]) == 1 {
				continue
			}
			own := *t
			own.name = fmt.Sprintf("%s.%s", n.outputs[0], [...]string{"mean", "variance"}[i-3])
			g.initializers = append(g.initializers, &own)
			n.inputs = slices.Clone(n.inputs)
			n.inputs[i] = own.name
		}
	}
}

// list is a list of names, shortened.
func list(names []string) string {
	if len(names) > 6 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:6], ", "), len(names)-6)
	}
	return strings.Join(names, ", ")
}
