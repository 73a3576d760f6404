package gonb

import (
	"os"
	"runtime"
	"testing"
)

// The state follows the last bracket: a program's name may hold brackets and spaces.
func TestRuns(t *testing.T) {
	for stat, want := range map[string]bool{
		"12 (gonb) S 1 2": false, "12 (gonb) R 1 2": true, "12 (gonb) D 1": true,
		"12 (a) R (b) S 1": false, "12 (R) S 1": false, "": false, "12 (x)": false,
	} {
		if got := runs(stat); got != want {
			t.Errorf("runs(%q) = %v", stat, got)
		}
	}
}

func TestIdle(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux says what threads do")
	}
	if idle(os.Getpid()) {
		t.Error("this process is idle while it asks")
	}
}

func TestUnread(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux says what a pipe's reader has left")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	w.WriteString("three")
	if got := unread(w); got != 5 {
		t.Errorf("%d bytes unread, want 5", got)
	}
	r.Read(make([]byte, 3))
	if got := unread(w); got != 2 {
		t.Errorf("%d bytes unread after reading 3, want 2", got)
	}
}
