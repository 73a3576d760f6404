package result

import (
	"errors"
	"fmt"
)

// ErrMemory says that a measurement won't fit into the memory that is available. Its text has both
// numbers. It is returned before the measurement starts.
var ErrMemory = errors.New("not enough memory")

// BadArgument is the error for an argument out of its range. It names the function, the argument,
// what was found and what to do.
type BadArgument struct {
	// Func is the function with its package, such as "spectrum.Lanczos".
	Func string
	// Name is the argument or field, such as "LanczosConfig.Tol".
	Name string
	// Got is what was found.
	Got any
	// Want says what can be used instead, and the default where 0 stands for it.
	Want string
}

// Error implements error.
func (b *BadArgument) Error() string {
	return fmt.Sprintf("%s: %s is %v; want %s", b.Func, b.Name, b.Got, b.Want)
}
