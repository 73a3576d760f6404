package landscape

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/spectrum"
)

// TestHessianIsKept: the next operator of a kind takes over what the last one compiled, at another
// point and with the right products; what is still in use, of another kind or of a block isn't
// shared.
func TestHessianIsKept(t *testing.T) {
	p, fresh := networks[0].in32(t, quick(t)), networks[0].in32(t, quick(t))
	first, err := here(t, p).Hessian(t.Context(), HessianConfig{})
	require.NoError(t, err)
	program := first.programs[1]
	beside := mustHessian(t, p, HessianConfig{})
	require.NotSame(t, program, beside.programs[1])
	first.Close()

	theta, err := p.Weights()
	require.NoError(t, err)
	theta[0] += 0.5
	moved := func(p *Problem, cfg HessianConfig) *Operator {
		at, err := p.At(theta)
		require.NoError(t, err)
		op, err := at.Hessian(t.Context(), cfg)
		require.NoError(t, err)
		t.Cleanup(op.Close)
		return op
	}
	other := moved(p, HessianConfig{Method: spectrum.ForwardThroughStops})
	require.NotSame(t, program, other.programs[1])
	block := moved(p, HessianConfig{Block: func(Param) bool { return true }})
	require.NotSame(t, program, block.programs[1])
	next := moved(p, HessianConfig{})
	require.Same(t, program, next.programs[1])
	require.NotSame(t, program, moved(p, HessianConfig{}).programs[1])
	v := randomVector(1, next.Dim())
	require.Equal(t, mustApply(t, moved(fresh, HessianConfig{}), v), mustApply(t, next, v))
}

// TestKeptIsBounded: at most so many programs are kept, none twice, and none once the problem is
// closed.
func TestKeptIsBounded(t *testing.T) {
	p := networks[0].in32(t, quick(t))
	open := func(pr *program) bool { return pr.byKey != nil }
	some := func(n int) map[int]*program {
		programs := make(map[int]*program)
		for k := range n {
			programs[k] = p.newProgram("some", nil, nil)
		}
		return programs
	}
	count := func(programs map[int]*program) (n int) {
		for _, pr := range programs {
			if open(pr) {
				n++
			}
		}
		return n
	}
	k := &kept{}
	many := some(mostKept + 2)
	k.give(many)
	require.Equal(t, mostKept, count(many))
	again := some(1)
	taken := k.take()
	require.Len(t, taken, mostKept)
	k.give(taken)
	k.give(map[int]*program{anyKey(taken): again[0]})
	require.False(t, open(again[0]), "there is one already")
	k.close()
	require.Zero(t, count(many))
	late := some(1)
	k.give(late)
	require.Zero(t, count(late))
}

func anyKey(programs map[int]*program) int {
	for k := range programs {
		return k
	}
	return -1
}

// TestSharpnessIsKept: a second call compiles nothing, and measures the same.
func TestSharpnessIsKept(t *testing.T) {
	p := networks[0].in32(t, quick(t))
	measure := func() float64 {
		s, err := here(t, p).Sharpness(t.Context(), Gaussian{Sigma: 0.01, Seed: 1}, LambdaMax{})
		require.NoError(t, err)
		return s[0].Value
	}
	first := measure()
	compiled := compiledGraphs(p)
	require.Positive(t, compiled)
	require.Equal(t, first, measure())
	require.Equal(t, compiled, compiledGraphs(p))
}

// compiledGraphs counts the graphs that a problem keeps of products and displacements.
func compiledGraphs(p *Problem) (n int) {
	for _, c := range p.compiled {
		if k, is := c.(*kept); is {
			for _, pr := range k.programs {
				n += len(pr.byKey)
			}
		}
	}
	return n
}
