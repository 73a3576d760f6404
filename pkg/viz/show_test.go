package viz_test

import (
	"encoding/base64"
	"encoding/gob"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"lossland/pkg/viz"
)

func TestHTML(t *testing.T) {
	fig := exampleLine()
	got, err := viz.HTML(fig, `A <b>caption & "quotes" 10^{−3}`)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`^<figure[^>]*><img alt="([^"<>]*)"[^>]* src="data:image/svg\+xml;base64,([^"]*)"><figcaption>([^<]*)</figcaption></figure>$`).FindStringSubmatch(got)
	if m == nil {
		t.Fatalf("not the markup: %.200s … %s", got, got[len(got)-80:])
	}
	if !strings.Contains(m[1], "lowest 0.1 at 0") || !strings.Contains(m[1], "&quot;A&quot;") {
		t.Errorf("alt %q", m[1])
	}
	if svg, err := base64.StdEncoding.DecodeString(m[2]); err != nil || string(svg) != draw(t, fig) {
		t.Errorf("the source isn't the figure: %v", err)
	}
	if want := "A &lt;b&gt;caption &amp; &quot;quotes&quot; 10⁻³"; m[3] != want {
		t.Errorf("caption %q, want %q", m[3], want)
	}
	if bare, _ := viz.HTML(fig, ""); strings.Contains(bare, "figcaption") {
		t.Error("an empty caption isn't left out")
	}
	for _, c := range []struct {
		fig  viz.Figure
		want string
	}{{fig, "max(100%,0px)"}, {examplePanels(), "max(100%,586.7px)"}} {
		if html, _ := viz.HTML(c.fig, ""); !strings.Contains(html, c.want) {
			t.Errorf("%T: want a least width %s in %.120s", c.fig, c.want, html)
		}
	}
}

// Outside a notebook Show displays nothing and still refuses bad input.
func TestShowOutsideANotebook(t *testing.T) {
	if err := viz.Show(exampleLine(), "caption"); err != nil {
		t.Error(err)
	}
	if err := viz.Show(viz.Line{}, "caption"); err == nil || !strings.Contains(err.Error(), "no series") {
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
	if err := viz.Show(exampleLine(), "caption"); err != nil {
		t.Fatal(err)
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
		if err == nil || !strings.Contains(out.String(), "viz: Show") {
			t.Errorf("%v: %s", err, out)
		}
	case <-time.After(20 * time.Second):
		cmd.Process.Kill()
		t.Error("Show waits for a kernel that isn't there")
	}
}

// In a notebook the markup arrives before Show returns. The kernel's side of GoNB's
// protocol (gob over two named pipes) is played here.
func TestShowInANotebook(t *testing.T) {
	dir := t.TempDir()
	there, back := filepath.Join(dir, "there"), filepath.Join(dir, "back")
	for _, p := range []string{there, back} {
		if err := syscall.Mkfifo(p, 0o600); err != nil {
			t.Skip("no named pipes here: ", err)
		}
	}
	cmd := showChild(t, protocol.GONB_PIPE_ENV+"="+there, protocol.GONB_PIPE_BACK_ENV+"="+back)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
	defer timer.Stop()
	in, err := os.Open(there)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(back, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	dec, enc, html, synced := gob.NewDecoder(in), gob.NewEncoder(out), "", false
	for {
		var data protocol.DisplayData
		if err := dec.Decode(&data); err != nil {
			break // the cell has ended
		}
		if s, ok := data.Data[protocol.MIMETextHTML].(string); ok {
			html = s
		}
		if req, ok := data.Data[protocol.MIMECommValue].(protocol.CommValue); ok {
			if html == "" {
				t.Error("Sync came before the figure")
			}
			synced = true
			enc.Encode(&protocol.CommValue{Address: protocol.GonbuiSyncAckAddress, Value: req.Value})
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the cell failed: %v", err)
	}
	if !synced {
		t.Error("Show didn't wait for the notebook")
	}
	if want, _ := viz.HTML(exampleLine(), "caption"); html != want {
		t.Errorf("the notebook got %.100q, want %.100q", html, want)
	}
}
