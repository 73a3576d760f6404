package onnx

import (
	"os"
	"testing"

	"github.com/gomlx/compute"

	"lossland/pkg/xla"
)

var backend compute.Backend

// TestMain opens one XLA client for all tests.
func TestMain(m *testing.M) {
	backend = xla.MustOpen()
	code := m.Run()
	backend.Finalize()
	os.Exit(code)
}
