package session

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWriter(t *testing.T) {
	before := Output
	defer func() { Output = before }()
	Output = nil
	assert.Same(t, os.Stdout, Writer())
	var elsewhere bytes.Buffer
	Output = &elsewhere
	assert.Same(t, &elsewhere, Writer())
}
