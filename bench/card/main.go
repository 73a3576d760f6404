// Command card checks what a device computes: measurements that are made in two ways there must
// agree, and with those of another device, such as the host's CPU.
//
//	card -write cpu.json                           on the CPU
//	card -write card.json -against cpu.json        on the card
//
// Each line that it prints is a check with what was found and its bound. It fails if one doesn't
// hold. Weights, data and draws are those of fixed seeds.
//
// Usage: card [-write FILE] [-against FILE] [-short] [-accelerated]
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"
	"gonum.org/v1/gonum/floats"

	"lossland/bench/models"
	"lossland/internal/accelerator"
	"lossland/internal/atomicfile"
	"lossland/pkg/landscape"
	"lossland/pkg/spectrum"
	"lossland/pkg/xla"
)

var (
	write       = flag.String("write", "", "write what was measured to this file")
	against     = flag.String("against", "", "compare with what another device wrote")
	short       = flag.Bool("short", false, "one small network only")
	accelerated = flag.Bool("accelerated", false,
		"run the programs for accelerators, whatever the device is")
)

// measured is what a device found: by name, numbers that another must find, too.
type measured struct {
	Device    string               `json:"device"`
	Precision string               `json:"precision"`
	Numbers   map[string][]float64 `json:"numbers"`
	Checks    []check              `json:"checks"`
}

// check is a relative difference and its bound.
type check struct {
	Name  string  `json:"name"`
	Found float64 `json:"found"`
	Bound float64 `json:"bound"`
}

func (c check) holds() bool { return c.Found <= c.Bound }

func main() {
	flag.Parse()
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "card:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if *accelerated {
		defer accelerator.Pretend()()
	}
	backend, choice, err := xla.Shared()
	if err != nil {
		return err
	}
	precision, _, _ := strings.Cut(choice.Precision, " ")
	m := &measured{Device: backend.DeviceDescription(0), Precision: precision,
		Numbers: make(map[string][]float64)}
	fmt.Printf("%s, products in %s\n", m.Device, m.Precision)
	for _, n := range networks() {
		if err := m.network(ctx, n); err != nil {
			return fmt.Errorf("%s: %w", n.name, err)
		}
	}
	if err := m.differences(ctx); err != nil {
		return err
	}
	if *against != "" {
		if err := m.compare(*against); err != nil {
			return err
		}
	}
	if *write != "" {
		text, err := json.MarshalIndent(m, "", " ")
		if err != nil {
			return err
		}
		if err := atomicfile.Write(*write, append(text, '\n')); err != nil {
			return err
		}
	}
	return m.report(os.Stdout)
}

// report prints the checks, and fails where one doesn't hold.
func (m *measured) report(out *os.File) error {
	failed := 0
	for _, c := range m.Checks {
		verdict := "ok"
		if !c.holds() {
			verdict, failed = "FAILED", failed+1
		}
		fmt.Fprintf(out, "%-7s %-58s %.1e, at most %.1e\n", verdict, c.Name, c.Found, c.Bound)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, len(m.Checks))
	}
	fmt.Fprintf(out, "%d checks hold\n", len(m.Checks))
	return nil
}

// network is a model and the shape of its data.
type network struct {
	name  string
	model func(*model.Scope, *graph.Node) *graph.Node
	dims  []int // of an example.
	batch int
}

func networks() []network {
	all := []network{
		{"mlp", models.MLP, []int{64}, 512},
		{"cnn", models.CNN, []int{28, 28, 1}, 128},
	}
	if *short {
		return all[:1]
	}
	return all
}

// network measures one network.
func (m *measured) network(ctx context.Context, n network) error {
	p, at, err := n.point(false)
	if err != nil {
		return err
	}
	defer p.Close()
	defer at.Close()
	return errors.Join(m.surface(ctx, n.name, p, at), m.products(ctx, n.name, at),
		m.spectrum(ctx, n.name, at), m.sharpness(ctx, n.name, at))
}

// point is the network at weights that don't depend on how a device draws.
func (n network) point(wide bool) (*landscape.Problem, *landscape.Point, error) {
	data := models.Noise
	if wide {
		data = models.WideNoise
	}
	p, err := landscape.NewProblem(xla.MustOpen(), model.NewStore(), n.model,
		loss.SparseCategoricalCrossEntropyLogits, data(n.batch, n.dims...), nil)
	if err != nil {
		return nil, nil, err
	}
	theta, r := make([]float64, p.Params().Len()), rand.New(rand.NewPCG(3, 3))
	for i := range theta {
		theta[i] = 0.1 * r.NormFloat64()
	}
	at, err := p.At(theta)
	return p, at, err
}

// smooth is an MLP without kinks, which a difference would cross.
func smooth(scope *model.Scope, x *graph.Node) *graph.Node {
	x = graph.Tanh(layers.Dense(scope.In("l0"), x, true, 64))
	x = graph.Tanh(layers.Dense(scope.In("l1"), x, true, 64))
	return layers.Dense(scope.In("out"), x, true, 10)
}

// differences compares products with differences of gradients, in float64: in float32 those are
// rounding.
func (m *measured) differences(ctx context.Context) error {
	n := network{"smooth mlp, float64", smooth, []int{64}, 256}
	p, at, err := n.point(true)
	if err != nil {
		return err
	}
	defer p.Close()
	defer at.Close()
	v, err := at.Gradient(ctx)
	if err != nil {
		return err
	}
	var products [][]float64
	for _, method := range []spectrum.Method{spectrum.CentralDifference,
		spectrum.ForwardOverReverse} {
		op, err := at.Hessian(ctx, landscape.HessianConfig{Method: method})
		if err != nil {
			return err
		}
		defer op.Close()
		product := make([]float64, op.Dim())
		if err := op.Apply(ctx, product, v); err != nil {
			return err
		}
		products = append(products, product)
	}
	m.check(n.name+": a product by differences and exact", products[0], products[1], 1e-5)
	return nil
}

// loose is how many times larger differences may be where factors are rounded to 11 bits.
func (m *measured) loose() float64 {
	if m.Precision == "float32" {
		return 1
	}
	return 1000
}

// check notes how far two vectors are from one another, relative to the second.
func (m *measured) check(name string, got, want []float64, bound float64) {
	found := floats.Distance(got, want, 2) / cmp.Or(floats.Norm(want, 2), 1)
	if math.IsNaN(found) {
		found = math.Inf(1)
	}
	m.Checks = append(m.Checks, check{name, found, bound * m.loose()})
}

// surface is measured lifted and point by point.
func (m *measured) surface(ctx context.Context, name string, p *landscape.Problem,
	at *landscape.Point) error {
	plane, err := p.RandomPlane(1)
	if err != nil {
		return err
	}
	plane.Origin = at.Theta()
	cfg := landscape.SurfaceConfig{Resolution: 5, Range: 2, Plane: plane}
	values := func(plain bool) ([]float64, error) {
		cfg.Execution.Plain = plain
		s, err := p.Surface(ctx, cfg)
		if err != nil {
			return nil, err
		}
		return slices.Concat(s.Loss.Value...), nil
	}
	lifted, err := values(false)
	if err != nil {
		return err
	}
	plain, err := values(true)
	if err != nil {
		return err
	}
	m.check(name+": a surface, lifted and plain", lifted, plain, 1e-5)
	m.Numbers[name+": losses of a surface"] = lifted
	return nil
}

// products are made one and eight at a time, and by differences of gradients.
func (m *measured) products(ctx context.Context, name string, at *landscape.Point) error {
	op, err := at.Hessian(ctx, landscape.HessianConfig{Batch: 8})
	if err != nil {
		return err
	}
	defer op.Close()
	var vs, together, alone [][]float64
	for k := range 8 {
		vs = append(vs, random(uint64(20+k), op.Dim()))
		together = append(together, make([]float64, op.Dim()))
		alone = append(alone, make([]float64, op.Dim()))
		if err := op.Apply(ctx, alone[k], vs[k]); err != nil {
			return err
		}
	}
	if err := op.ApplyBatch(ctx, together, vs); err != nil {
		return err
	}
	m.check(name+": products, eight at once and one", slices.Concat(together...),
		slices.Concat(alone...), 1e-5)
	m.Numbers[name+": a product"] = alone[0]
	asymmetry, err := spectrum.Asymmetry(ctx, op, 1)
	if err != nil {
		return err
	}
	m.Checks = append(m.Checks, check{name + ": symmetry of the Hessian", asymmetry,
		1e-4 * m.loose()})
	return nil
}

// spectrum is eigenvalues and a trace.
func (m *measured) spectrum(ctx context.Context, name string, at *landscape.Point) error {
	op, err := at.Hessian(ctx, landscape.HessianConfig{})
	if err != nil {
		return err
	}
	defer op.Close()
	e, err := spectrum.Lanczos(ctx, op, 3, spectrum.Largest, spectrum.LanczosConfig{Seed: 1})
	if err != nil {
		return err
	}
	m.Checks = append(m.Checks, check{name + ": residuals of three eigenpairs",
		floats.Max(e.Residuals) / e.Norm, 1e-3 * m.loose()})
	m.Numbers[name+": three eigenvalues"] = e.Values
	t, err := spectrum.Hutchinson(ctx, op, spectrum.TraceConfig{Products: 8, Seed: 1})
	if err != nil {
		return err
	}
	m.Numbers[name+": terms of the trace"] = t.Terms
	return nil
}

// sharpness is the rises under noise.
func (m *measured) sharpness(ctx context.Context, name string, at *landscape.Point) error {
	s, err := at.Sharpness(ctx, landscape.Gaussian{Draws: 8, Sigma: 0.05, Seed: 1})
	if err != nil {
		return err
	}
	m.Numbers[name+": rises under noise"] = s[0].Terms
	return nil
}

// compare checks the numbers against those of another device.
func (m *measured) compare(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var other measured
	if err := json.Unmarshal(text, &other); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(m.Numbers)) {
		want := other.Numbers[name]
		if len(want) != len(m.Numbers[name]) {
			return fmt.Errorf("%s has %d numbers of %q, here are %d", file, len(want), name,
				len(m.Numbers[name]))
		}
		m.check(name+", here and on "+other.Device, m.Numbers[name], want, 1e-3)
	}
	return nil
}

// random is a standard normal vector.
func random(seed uint64, n int) []float64 {
	v, r := make([]float64, n), rand.New(rand.NewPCG(seed, 0))
	for i := range v {
		v[i] = r.NormFloat64()
	}
	return v
}
