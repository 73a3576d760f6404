package xla

import (
	"fmt"
	"os"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/go-xla/pjrt"

	"lossland/internal/accelerator"
)

const (
	fullPrecision    = "float32"
	reducedPrecision = "TF32 (relative error about 5e-4)"

	// tf32Option is go-xla's option of a backend, in GOMLX_BACKEND. Its default is true for CUDA.
	tf32Option = "tf32"
	// nvidiaTF32Env, 0, makes NVIDIA's libraries multiply in full: for convolutions, whose
	// precision go-xla 0.4.5 doesn't ask for.
	nvidiaTF32Env = "NVIDIA_TF32_OVERRIDE"
)

// guardPrecision makes CUDA's products of float32 numbers full ones, unless the user says
// otherwise with tf32 in GOMLX_BACKEND. Other plugins are asked for full precision by go-xla.
func guardPrecision(choice *Choice) {
	if !pjrt.IsCUDAName(choice.Config) {
		return
	}
	asked, found := tf32Asked(choice.Config)
	if found && asked {
		choice.Precision = reducedPrecision
		accelerator.SetRounding(reducedPrecision) // records of measurements say it.
		return
	}
	if !found {
		choice.Config += "," + tf32Option + "=false"
	}
	choice.Guards = append(choice.Guards, tf32Option+"=false")
	if os.Getenv(nvidiaTF32Env) == "" {
		os.Setenv(nvidiaTF32Env, "0")
	}
	if os.Getenv(nvidiaTF32Env) == "0" {
		choice.Guards = append(choice.Guards, nvidiaTF32Env+"=0")
		return
	}
	choice.Warnings = append(choice.Warnings, nvidiaTF32Env+" is set to something else than 0: "+
		"convolutions may round their factors to 11 bits")
}

// refusePrecision is an error where another device than CUDA's is asked for TF32, or not to use it.
func refusePrecision(choice Choice) error {
	if _, found := tf32Asked(choice.Config); !found || !choice.IsXLA() ||
		pjrt.IsCUDAName(choice.Config) {
		return nil
	}
	return fmt.Errorf("xla: %s=%s has %s, which is an option of cuda alone: leave it out, other "+
		"devices multiply in full", compute.ConfigEnvVar, os.Getenv(compute.ConfigEnvVar),
		tf32Option)
}

// tf32Asked says what a configuration says of tf32, and whether it says anything: go-xla reads
// "tf32", "tf32=true", "notf32", …
func tf32Asked(config string) (asked, found bool) {
	_, rest, _ := strings.Cut(config, ":")
	options := strings.Split(rest, ",")
	for _, option := range options[1:] {
		name, value, _ := strings.Cut(strings.TrimSpace(option), "=")
		switch name {
		case tf32Option:
			on, err := parseBool(strings.TrimSpace(value))
			asked, found = on && err == nil, true
		case "no" + tf32Option:
			asked, found = false, true
		}
	}
	return asked, found
}
