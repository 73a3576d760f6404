package gonb_test

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"lossland/pkg/viz"
	"lossland/pkg/viz/gonb"
	"lossland/pkg/viz/png"
)

func line() viz.Line { return viz.Line{Series: []viz.Series{{Y: []float64{1, 3, 2}}}} }

// Outside a notebook Show displays nothing and still refuses bad input.
func TestShowOutsideANotebook(t *testing.T) {
	if err := gonb.Show(line(), "caption"); err != nil {
		t.Error(err)
	}
	if err := gonb.Show(viz.Line{}, "caption"); err == nil ||
		!strings.Contains(err.Error(), "no series") {
		t.Errorf("a figure without series: %v", err)
	}
}

// showChild is this test binary, run as a cell: GoNB tells a cell by its environment.
func showChild(t *testing.T, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestShowAsACell$")
	cmd.Env = append(os.Environ(), append(env, "VIZ_SHOW_CHILD=1")...)
	return cmd
}

func TestShowAsACell(t *testing.T) {
	if os.Getenv("VIZ_SHOW_CHILD") == "" {
		t.Skip("run by the other Show tests")
	}
	fmt.Println("before")
	err := gonb.Show(line(), "caption")
	if os.Getenv("VIZ_SHOW_TEXT") != "" {
		_, err = gonb.ShowText("a < b", "<p>a &lt; b</p>")
	}
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("after")
}

// A notebook gets a text as markup and as it is; a program gets nothing, and is told.
func TestShowText(t *testing.T) {
	if shown, err := gonb.ShowText("a", "<p>a</p>"); shown || err != nil {
		t.Errorf("outside a notebook: shown %v, %v", shown, err)
	}
	k := startCell(t, "VIZ_SHOW_TEXT=1")
	if err := k.run(0, 0); err != nil {
		t.Errorf("the cell failed: %v", err)
	}
	if len(k.shown) != 2 || k.shown[protocol.MIMETextPlain] != "a < b" ||
		k.shown[protocol.MIMETextHTML] != "<p>a &lt; b</p>" {
		t.Errorf("the notebook got %v", k.shown)
	}
}

// A cell whose kernel is gone gets an error, and doesn't wait for ever.
func TestShowWithoutAKernel(t *testing.T) {
	cmd := showChild(t, protocol.GONB_PIPE_ENV+"="+filepath.Join(t.TempDir(), "gone"))
	done := make(chan error, 1)
	out := &strings.Builder{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err == nil || !strings.Contains(out.String(), "gonb: ") {
			t.Errorf("%v: %s", err, out)
		}
	case <-time.After(20 * time.Second):
		cmd.Process.Kill()
		t.Error("Show waits for a kernel that isn't there")
	}
}

// kernel plays the kernel's side of GoNB's protocol for one cell: gob over two named
// pipes, and the cell's standard output. Its events are what a notebook would show.
type kernel struct {
	cmd    *exec.Cmd
	out    io.ReadCloser
	in     *os.File
	back   *os.File
	mu     sync.Mutex
	events []string
	shown  map[protocol.MIMEType]any
}

func startCell(t *testing.T, env ...string) *kernel {
	t.Helper()
	dir := t.TempDir()
	there, back := filepath.Join(dir, "there"), filepath.Join(dir, "back")
	for _, p := range []string{there, back} {
		if err := syscall.Mkfifo(p, 0o600); err != nil {
			t.Skip("no named pipes here: ", err)
		}
	}
	k := &kernel{cmd: showChild(t, append(env, protocol.GONB_PIPE_ENV+"="+there,
		protocol.GONB_PIPE_BACK_ENV+"="+back)...)}
	var err error
	if k.out, err = k.cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err = k.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(20*time.Second, func() { k.cmd.Process.Kill() })
	t.Cleanup(func() { timer.Stop() })
	if k.in, err = os.Open(there); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.in.Close() })
	if k.back, err = os.OpenFile(back, os.O_WRONLY, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.back.Close() })
	return k
}

func (k *kernel) event(s string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.events = append(k.events, s)
}

// run serves the cell until it ends. The text is read late, and published later
// still, by a thread that is busy in between.
func (k *kernel) run(late, busy time.Duration) error {
	read := make(chan struct{})
	go func() {
		defer close(read)
		buffer := make([]byte, 1<<15)
		for {
			time.Sleep(late)
			n, err := k.out.Read(buffer)
			for end := time.Now().Add(busy); time.Now().Before(end); {
			}
			for _, word := range []string{"before", "after"} {
				if strings.Contains(string(buffer[:n]), word) {
					k.event(word)
				}
			}
			if err != nil {
				return
			}
		}
	}()
	dec, enc := gob.NewDecoder(k.in), gob.NewEncoder(k.back)
	for {
		var data protocol.DisplayData
		if err := dec.Decode(&data); err != nil {
			break // the cell has ended
		}
		if _, ok := data.Data[protocol.MIMETextHTML]; ok {
			k.shown = data.Data
			k.event("figure")
		}
		if req, ok := data.Data[protocol.MIMECommValue].(protocol.CommValue); ok {
			k.event("sync")
			enc.Encode(&protocol.CommValue{Address: protocol.GonbuiSyncAckAddress,
				Value: req.Value})
		}
	}
	<-read
	return k.cmd.Wait()
}

// A notebook gets the figure as markup, as SVG, as PNG and in words, and Show waits until it
// has them.
func TestShowInANotebook(t *testing.T) {
	k := startCell(t)
	if err := k.run(0, 0); err != nil {
		t.Errorf("the cell failed: %v", err)
	}
	if got := strings.Join(k.events, " "); !strings.Contains(got, "figure sync") {
		t.Errorf("the notebook saw %s, want the figure and then a question", got)
	}
	r, _ := viz.Render(line(), "caption")
	for mime, want := range map[protocol.MIMEType]string{
		protocol.MIMETextHTML: r.HTML, protocol.MIMEImageSVG: string(r.SVG),
		protocol.MIMETextPlain: r.Alt,
	} {
		if k.shown[mime] != want {
			t.Errorf("the notebook got %.80q as %s, want %.80q", k.shown[mime], mime, want)
		}
	}
	pixels, _ := png.Encode(line(), png.Config{})
	if got, _ := k.shown[protocol.MIMEImagePNG].([]byte); !bytes.Equal(got, pixels) {
		t.Errorf("the notebook got %d bytes of PNG, want %d", len(got), len(pixels))
	}
}

// Text printed before a figure is published before it, by however slow a kernel.
func TestShowKeepsTheOrder(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux says what a pipe's reader has left")
	}
	for range 5 {
		k := startCell(t)
		if err := k.run(60*time.Millisecond, 20*time.Millisecond); err != nil {
			t.Fatalf("the cell failed: %v", err)
		}
		var got []string
		for _, e := range k.events {
			if e != "sync" {
				got = append(got, e)
			}
		}
		if want := "before figure after"; strings.Join(got, " ") != want {
			t.Fatalf("the notebook shows %q, want %s", got, want)
		}
	}
}
