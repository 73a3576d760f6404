package xla_test

// The test's program is one that may download.
import _ "lossland/pkg/xla/download"
