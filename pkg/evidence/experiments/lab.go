package experiments

import (
	"context"
	"fmt"
	"sync"

	"github.com/gomlx/compute"

	"lossland/pkg/landscape"
	"lossland/pkg/lesson/datasets"
	"lossland/pkg/lesson/session"
)

// lab is what the experiments of one call share: the data, and programs that are compiled once.
type lab struct {
	ctx      context.Context
	scale    session.Scale
	backend  compute.Backend
	tick     func(unit string)
	sets     map[string]*set
	programs map[string]*program
	meters   map[string]*meter
	slopes   map[string]*slope
	problems map[string]*landscape.Problem
	hessians map[string]*landscape.Operator
}

// set is a data set under a name, training and test part.
type set struct {
	name        string
	data        datasets.Split
	train, test *examples
	hash        string
}

// newLab prepares a call. tick is told of every unit of work that is done.
func newLab(
	ctx context.Context, scale session.Scale, backend compute.Backend, tick func(string)) *lab {
	var ticking sync.Mutex
	return &lab{
		ctx: ctx, scale: scale, backend: backend, tick: func(unit string) {
			ticking.Lock()
			defer ticking.Unlock()
			tick(unit)
		},
		sets: map[string]*set{}, programs: map[string]*program{}, meters: map[string]*meter{},
		slopes: map[string]*slope{}, problems: map[string]*landscape.Problem{},
		hessians: map[string]*landscape.Operator{},
	}
}

// close frees what was compiled.
func (l *lab) close() {
	for _, p := range l.programs {
		p.close()
	}
	for _, m := range l.meters {
		m.exec.Finalize()
	}
	for _, s := range l.slopes {
		s.exec.Finalize()
	}
	for _, h := range l.hessians {
		h.Close()
	}
}

// pick chooses by scale.
func pick[T any](l *lab, quick, full T) T {
	if l.scale == session.Full {
		return full
	}
	return quick
}

// seeds lists 1 … n.
func seeds(n int) []uint64 {
	list := make([]uint64, n)
	for i := range list {
		list[i] = uint64(i + 1)
	}
	return list
}

// cached returns a unit of work from the cache, or does it. The unit's name counts in the key; it
// ends in a version, which is raised with the unit's code. An interrupted call goes on after the
// last unit that was done.
func cached[T any](l *lab, unit string, key any, compute func() (T, error)) (T, error) {
	if err := l.ctx.Err(); err != nil {
		var none T
		return none, err
	}
	full := struct {
		Unit, Backend string
		Key           any
	}{unit, l.backend.Name(), key}
	value, err := session.Cached("evidence "+unit, full, compute)
	if err != nil {
		return value, fmt.Errorf("experiments: %s: %w", unit, err)
	}
	l.tick(unit)
	return value, nil
}

// remember returns the entry of a table, or makes it.
func remember[T any](table map[string]T, key string, build func() (T, error)) (T, error) {
	if value, ok := table[key]; ok {
		return value, nil
	}
	value, err := build()
	if err == nil {
		table[key] = value
	}
	return value, err
}

// set is a data set under a name, made once.
func (l *lab) set(name string, data datasets.Split) (*set, error) {
	return remember(l.sets, name, func() (*set, error) { return newSet(name, data), nil })
}

// digits is the plan's data: 1,797 digits, split 1,437/360 by seed 0.
func (l *lab) digits() (*set, error) {
	split, err := digitsSplit()
	if err != nil {
		return nil, err
	}
	return l.set("digits", split)
}

// digitsSplit reads the digits once.
var digitsSplit = sync.OnceValues(func() (datasets.Split, error) {
	all, err := datasets.AllDigits()
	if err != nil {
		return datasets.Split{}, err
	}
	return all.Split(360, 0)
})

// newSet makes a set; the test part may be nil.
func newSet(name string, data datasets.Split) *set {
	s := &set{name: name, data: data, train: newExamples(data.Train), hash: data.Train.Hash()}
	if data.Test != nil {
		s.test = newExamples(data.Test)
		s.hash += data.Test.Hash()
	}
	return s
}

// program returns the compiled descent.
func (l *lab) program(net network, s *set, batch int, adam bool) (*program, error) {
	key := fmt.Sprint(net, s.hash, batch, adam)
	return remember(l.programs, key, func() (*program, error) {
		return newProgram(l.backend, net, s.train, batch, adam)
	})
}

// meter returns the compiled measurement on the training or the test part.
func (l *lab) meter(net network, s *set, test bool) (*meter, error) {
	return remember(l.meters, fmt.Sprint(net, s.hash, test), func() (*meter, error) {
		if test {
			return newMeter(l.backend, net, s.test)
		}
		return newMeter(l.backend, net, s.train)
	})
}
