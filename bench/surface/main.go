// Command surface measures loss surfaces as bench/main.go asks it to. It is one of the workers that
// take turns there: this one is Lossland; peer.py beside it is JAX and PyTorch on the same weights,
// data and grid.
//
// A worker reads one JSON request a line from standard input and answers with one JSON line:
//
//	{"case":"784-128-10","form":"lossland"}
//	{"seconds":0.41,"points":1600,"values":[…]}
//
// The first answer to a case includes compilation. values are the losses at the grid's four corners
// and its middle.
//
// Usage: go run ./bench/surface     answers requests
//
//	go run ./bench/surface -list          prints the cases' names
//	go run ./bench/surface -device        prints the accelerator, if one is used
//	go run ./bench/surface -export DIR    writes data, weights and directions for the peers
//	go run ./bench/surface -memory 200 -case 784-128-10
//	                                      measures one surface of 200×200 and prints the
//	                                      process's peak memory
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"

	"lossland/internal/accelerator"
	"lossland/internal/atomicfile"
	"lossland/pkg/landscape"
	"lossland/pkg/lesson/datasets"
	"lossland/pkg/lesson/training"
	"lossland/pkg/xla"
)

var (
	list   = flag.Bool("list", false, "print the cases' names")
	device = flag.Bool("device", false, "print the accelerator and its precision, or nothing")
	export = flag.String("export", "", "write the cases to this folder")
	memory = flag.Int("memory", 0,
		"measure one surface of this resolution and print the peak memory")
	only  = flag.String("case", "784-128-10", "the case of -memory")
	batch = flag.Int("batch", 0, "examples in a batch of ours; 0: as each case says")
)

// benchCase is a model, its data and a grid.
type benchCase struct {
	Name       string  `json:"name"`
	Kind       string  `json:"kind"`  // "mlp" or "cnn".
	Image      []int   `json:"image"` // shape of an example.
	Examples   int     `json:"examples"`
	Resolution int     `json:"resolution"`
	Params     []param `json:"params"`
	// FLOP is what one point costs without lifting, and Lifted with it, in multiplications and
	// additions of products.
	FLOP   float64 `json:"flop"`
	Lifted float64 `json:"lifted"`

	model  training.Model
	data   func() (*datasets.Data, error)
	batch  int // examples a batch, for us.
	layers []int
}

// param is a weight tensor; the files hold the tensors one after the other.
type param struct {
	Path  string `json:"path"`
	Shape []int  `json:"shape"`
}

var images = flag.Int("images", 2048, "synthetic images: an accelerator is idle with few")

var cases = []*benchCase{
	mlp("784-128-10", 40, synthetic, datasets.FullBatch, 784, 128, 10),
	mlp("784-512-512-10", 16, synthetic, datasets.FullBatch, 784, 512, 512, 10),
	mlp("64-128-128-10", 40, datasets.AllDigits, datasets.FullBatch, 64, 128, 128, 10),
	mlp("64-64×10-10", 30, datasets.AllDigits, datasets.FullBatch, 64, 64, 64, 64, 64, 64, 64, 64,
		64, 64, 64, 10),
	{Name: "CNN, digits", Kind: "cnn", Resolution: 20, model: training.CNN{Outputs: 10},
		data: datasets.AllDigits, batch: datasets.FullBatch,
		FLOP: 2 * 1797 * (64*9*8 + 16*72*16 + 64*10), Lifted: 2 * 1797 * (16*72*16 + 64*10)},
}

// memoryCases are those of which only the memory is measured: 40,000 points of all digits would
// take minutes.
var memoryCases = []*benchCase{
	{Name: "CNN, 360 digits", Kind: "cnn", model: training.CNN{Outputs: 10}, data: testDigits,
		batch: datasets.FullBatch},
}

func testDigits() (*datasets.Data, error) {
	digits, err := datasets.Digits()
	if err != nil {
		return nil, err
	}
	return digits.Test, nil
}

func mlp(name string, resolution int, data func() (*datasets.Data, error), batch int,
	layers ...int) *benchCase {
	return &benchCase{Name: name, Kind: "mlp", Resolution: resolution, data: data, batch: batch,
		layers: layers,
		model:  training.MLP{Hidden: layers[1 : len(layers)-1], Outputs: layers[len(layers)-1]}}
}

// synthetic is images of 28×28 uniform noise with random labels: what is in a picture doesn't
// matter to the clock.
func synthetic() (*datasets.Data, error) {
	r := rand.New(rand.NewPCG(1, 0))
	d := &datasets.Data{Name: "uniform noise", Shape: []int{784}, Classes: 10}
	for range *images * 784 {
		d.X = append(d.X, r.Float32())
	}
	for range *images {
		d.Labels = append(d.Labels, int32(r.IntN(10)))
	}
	return d, nil
}

// ready is a case's problem and plane.
type ready struct {
	problem *landscape.Problem
	plane   *landscape.Plane
	data    *datasets.Data
}

func (c *benchCase) prepare() (*ready, error) {
	data, err := c.data()
	if err != nil {
		return nil, err
	}
	c.Examples, c.Image = data.Len(), data.Shape
	for i := 0; i+1 < len(c.layers); i++ {
		product := 2 * float64(c.Examples*c.layers[i]*c.layers[i+1])
		if c.FLOP += product; i > 0 {
			c.Lifted += product
		}
	}
	size := c.batch
	if *batch > 0 {
		size = *batch
	}
	set, err := data.EvaluationSet(xla.MustOpen(), size)
	if err != nil {
		return nil, err
	}
	store := model.NewStore()
	store.SetParam(model.ParamInitialSeed, int64(1))
	p, err := landscape.NewProblem(xla.MustOpen(), store,
		func(s *model.Scope, x *graph.Node) *graph.Node { return c.model.Graph(s, x) },
		loss.SparseCategoricalCrossEntropyLogits, set, nil)
	if err != nil {
		return nil, err
	}
	plane, err := p.RandomPlane(1)
	if err != nil {
		return nil, err
	}
	for _, e := range p.Params().List() {
		c.Params = append(c.Params, param{e.Path, e.Shape.Dimensions})
	}
	return &ready{p, plane, data}, nil
}

func main() {
	flag.Parse()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench/surface:", err)
		os.Exit(1)
	}
}

func run() error {
	switch {
	case *list:
		for _, c := range cases {
			fmt.Println("surface " + c.Name)
		}
		return nil
	case *device:
		return printDevice()
	case *export != "":
		return exportCases(*export)
	case *memory > 0:
		c, err := caseOf(*only, append(cases, memoryCases...))
		if err != nil {
			return err
		}
		return c.printMemory(*memory)
	}
	return answer()
}

// printDevice prints the name of an accelerator and the precision of its products.
func printDevice() error {
	backend, choice, err := xla.Shared()
	if err != nil || accelerator.SharesCores(backend) {
		return err
	}
	precision, _, _ := strings.Cut(choice.Precision, " ")
	fmt.Printf("%s\n%s\n", cardName(backend.DeviceDescription(0)), precision)
	return nil
}

// cardName is what NVIDIA's driver calls the first card, where it can be asked: CUDA's plugin calls
// it "cuda:0".
func cardName(description string) string {
	text, err := exec.Command("nvidia-smi", "--query-gpu=name", "--format=csv,noheader").Output()
	name, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	if err != nil || name == "" {
		return description
	}
	return name
}

func caseOf(name string, among []*benchCase) (*benchCase, error) {
	for _, c := range among {
		if c.Name == name {
			return c, nil
		}
	}
	return nil, fmt.Errorf("there is no case %q", name)
}

// exportCases writes cases.json and, for each case, x, y, θ, d₁ and d₂ as raw little-endian float32
// and int32.
func exportCases(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for i, c := range cases {
		r, err := c.prepare()
		if err != nil {
			return err
		}
		for name, values := range map[string]any{
			"x": r.data.X, "y": r.data.Labels, "theta": narrow(r.plane.Origin),
			"d1": narrow(r.plane.D1), "d2": narrow(r.plane.D2),
		} {
			path := filepath.Join(dir, fmt.Sprintf("%d-%s.bin", i, name))
			err := atomicfile.WriteTo(path, func(w io.Writer) error {
				return binary.Write(w, binary.LittleEndian, values)
			})
			if err != nil {
				return err
			}
		}
	}
	out, err := json.MarshalIndent(cases, "", " ")
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, "cases.json"), out)
}

func narrow(v []float64) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x)
	}
	return out
}

// answer answers requests until the input ends.
func answer() error {
	at := make(map[string]*ready)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var request struct{ Case, Form string }
		if err := json.Unmarshal(lines.Bytes(), &request); err != nil {
			return err
		}
		var reply any
		var err error
		if request.Form == "peak" {
			reply, err = peak()
		} else {
			reply, err = measure(at, request.Case)
		}
		if err != nil {
			return err
		}
		if err := json.NewEncoder(os.Stdout).Encode(reply); err != nil {
			return err
		}
	}
	return lines.Err()
}

type timing struct {
	Seconds float64 `json:"seconds"`
	// CPU is processor seconds of all threads: what to look at on a machine that others use too.
	CPU    float64   `json:"cpu"`
	Points float64   `json:"points"`
	Values []float64 `json:"values"`
}

// measure times one whole Surface call: uploading, preparing and sweeping.
func measure(at map[string]*ready, name string) (*timing, error) {
	c, err := caseOf(name, cases)
	if err != nil {
		return nil, err
	}
	r := at[name]
	if r == nil {
		if r, err = c.prepare(); err != nil {
			return nil, err
		}
		at[name] = r
	}
	start, before := time.Now(), cpu()
	s, err := r.problem.Surface(context.Background(),
		landscape.SurfaceConfig{Plane: r.plane, Resolution: c.Resolution})
	if err != nil {
		return nil, err
	}
	last := c.Resolution - 1
	t := &timing{Seconds: time.Since(start).Seconds(), CPU: cpu() - before, Points: float64(s.Done)}
	for _, at := range [][2]int{{0, 0}, {0, last}, {last, 0}, {last, last}, {last / 2, last / 2}} {
		t.Values = append(t.Values, s.Loss.Z(at[0], at[1]))
	}
	return t, nil
}

// peak times a large product of float32 matrices: what the machine can do now. points are its
// GFLOP.
func peak() (*timing, error) {
	const n = 2048
	g := graph.NewGraph(xla.MustOpen(), "peak")
	defer g.Finalize()
	zeros := tensors.FromFlatDataAndDimensions(make([]float32, n*n), n, n)
	a := graph.Parameter(g, "a", zeros.Shape())
	if err := g.Compile(graph.ReduceAllSum(graph.Dot(a, a).Product())); err != nil {
		return nil, err
	}
	ones := make([]float32, n*n)
	for i := range ones {
		ones[i] = 1
	}
	t := tensors.FromFlatDataAndDimensions(ones, n, n)
	g.Run(t)
	start, before := time.Now(), cpu()
	const times = 3
	for range times {
		g.Run(t)[0].Value()
	}
	return &timing{Seconds: time.Since(start).Seconds(), CPU: cpu() - before,
		Points: times * 2 * n * n * n / 1e9}, nil
}

// cpu is the processor time that this process has used, in seconds.
func cpu() float64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return math.NaN()
	}
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}

// printMemory measures a surface and prints the peak of the process's resident memory in MiB.
func (c *benchCase) printMemory(resolution int) error {
	r, err := c.prepare()
	if err != nil {
		return err
	}
	if _, err := r.problem.Surface(context.Background(),
		landscape.SurfaceConfig{Plane: r.plane, Resolution: resolution}); err != nil {
		return err
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	for _, line := range strings.Split(string(status), "\n") {
		var kib float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kib); err == nil {
			fmt.Printf("{\"resolution\":%d,\"peak_mib\":%.1f}\n", resolution, kib/1024)
		}
	}
	return nil
}
