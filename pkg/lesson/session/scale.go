package session

import (
	"fmt"
	"os"
)

// Scale is how much evidence a notebook gathers.
type Scale string

const (
	// Quick is for reading along and for automatic tests: few seeds, minutes in all.
	Quick Scale = "quick"
	// Full is for the committed evidence: many seeds, an hour or more.
	Full Scale = "full"
)

// currentScale is what LESSON_SCALE says, Quick if it isn't set.
func currentScale() (Scale, error) {
	switch value := Scale(os.Getenv(ScaleVariable)); value {
	case "", Quick:
		return Quick, nil
	case Full:
		return Full, nil
	default:
		return "", fmt.Errorf("session: %s is %q, want %s or %s", ScaleVariable, value, Quick, Full)
	}
}

// Pick returns the value for the current scale. It is for notebooks and panics if LESSON_SCALE is
// neither.
func Pick[T any](quick, full T) T {
	scale, err := currentScale()
	if err != nil {
		panic(err)
	}
	if scale == Full {
		return full
	}
	return quick
}
