package training

import (
	"testing"

	"lossland/internal/lessontest"
)

func TestMain(m *testing.M) { lessontest.Main(m) }
