package lesson

import (
	"testing"

	"lossland/internal/lessontest"
)

func TestMain(m *testing.M) { lessontest.Main(m) }
