package command

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lossland/pkg/landscape"
	"lossland/pkg/result"
)

// bands measures a surface in bands of rows, and keeps what is done in a file beside the output, so
// that an interrupted surface goes on from there. The numbers are those of one measurement, bit for
// bit.
type bands struct {
	s     *session
	p     *landscape.Problem
	cfg   landscape.SurfaceConfig
	file  string // of what is done.
	whole *landscape.Surface
	saved time.Time     // when it was kept last.
	pause time.Duration // until it is kept again.
}

// A band takes about bandTime, which decides how much a kill can lose.
const bandTime = 10 * time.Second

// partFile is where the part of a surface is kept: beside the first .npz, or the first output.
func partFile(outputs []string) string {
	path := outputs[0]
	for _, o := range outputs {
		if strings.EqualFold(filepath.Ext(o), ".npz") {
			path = o
			break
		}
	}
	folder, name := filepath.Split(path)
	name = strings.TrimSuffix(name, filepath.Ext(name))
	if len(name) > longestPart {
		hash := sha256.Sum256([]byte(name))
		name = fmt.Sprintf("%s%x", ownPrefix[1:], hash[:8])
	}
	return folder + name + ".part.npz"
}

// longestPart is how many bytes of an output's name a part's may have; a longer one is hashed.
// Files have names of up to 255.
const longestPart = 200

// measure measures what isn't measured yet.
func (b *bands) measure() (*landscape.Surface, error) {
	if b.cfg.Refinement != nil { // its points depend on one another.
		surface, err := b.p.Surface(b.s.showing(b.s.ctx, "surface"), b.cfg)
		if err != nil && b.s.ctx.Err() != nil {
			return nil, &stopped{fmt.Sprintf("surface: %d points were measured, and are lost "+
				"(--refine keeps nothing)", surface.Done)}
		}
		return surface, err
	}
	if err := b.load(); err != nil {
		return nil, err
	}
	ctx := b.s.showing(b.s.ctx, "surface")
	rows := 2
	b.saved, b.pause = time.Now(), bandTime
	for {
		from, to := b.next(rows)
		if from == to {
			break
		}
		start := time.Now()
		if err := b.band(ctx, from, to); err != nil {
			return nil, b.end(err)
		}
		if took := time.Since(start); took < bandTime {
			rows *= 2
		} else if took > 2*bandTime {
			rows = max(2, rows/2)
		}
		if time.Since(b.saved) > b.pause {
			if err := b.save(); err != nil {
				return nil, err
			}
		}
	}
	if err := os.Remove(b.file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return b.whole, nil
}

// load takes over what a file holds of a surface with the same axes. A file of other axes, and a
// surface that is finished, are refused, unless --force.
func (b *bands) load() error {
	part, err := landscape.LoadSurface(b.file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil || part.Measured == nil || !slices.Equal(part.Loss.Betas, b.cfg.Betas) ||
		len(part.Loss.Alphas) > len(b.cfg.Alphas) ||
		!slices.Equal(part.Loss.Alphas, b.cfg.Alphas[:len(part.Loss.Alphas)]) {
		return b.foreign("another surface, or part of one")
	}
	b.whole = b.empty(part)
	b.whole.Plane = part.Plane
	for i := range part.Measured {
		b.copyRow(part, i, i)
	}
	// A whole surface is checked by one row, too.
	if last := b.whole.Measured[len(b.cfg.Alphas)-1]; !slices.ContainsFunc(b.whole.Measured,
		func(row []bool) bool { return slices.Contains(row, false) }) {
		if !b.s.force {
			return b.foreign("a surface that is finished")
		}
		clear(last)
		b.whole.Done -= len(last)
	}
	return nil
}

// foreign refuses a file in the place of the part that would be replaced; with --force, the surface
// starts anew.
func (b *bands) foreign(what string) error {
	if !b.s.force {
		return &refusal{fmt.Errorf("surface: the part that is done is kept in %s, and there is %s "+
			"in it: the command that made it goes on from there, -o names another file for this "+
			"one, --force replaces it", b.file, what)}
	}
	b.s.say("%s is %s: starting anew", b.file, what)
	return nil
}

// next is the next band of rows that aren't measured, and at most so many.
func (b *bands) next(rows int) (from, to int) {
	n := len(b.cfg.Alphas)
	if b.whole == nil {
		return 0, min(rows, n)
	}
	open := func(i int) bool { return slices.Contains(b.whole.Measured[i], false) }
	for from < n && !open(from) {
		from++
	}
	for to = from; to < n && to < from+rows && open(to); to++ {
	}
	return from, to
}

// band measures rows and enters them.
func (b *bands) band(ctx context.Context, from, to int) error {
	cfg := b.cfg
	cfg.Alphas = cfg.Alphas[from:to]
	if to-from == 1 { // an axis has two points.
		cfg.Alphas = []float64{b.cfg.Alphas[from], math.Nextafter(b.cfg.Alphas[from],
			math.Inf(1))}
	}
	before := 0
	if b.whole != nil {
		before = b.whole.Done
	}
	report, inner := result.TakeProgress(ctx)
	total := len(b.cfg.Alphas) * len(b.cfg.Betas)
	inner = result.WithProgress(inner, func(done, _ int) { report(before+done, total) })
	surface, err := b.p.Surface(inner, cfg)
	if surface != nil {
		if err := b.enter(surface, from, to); err != nil {
			return err
		}
	}
	return err
}

// enter copies measured rows. Another surface's, where they are to go, are refused or, with
// --force, left out.
func (b *bands) enter(band *landscape.Surface, from, to int) error {
	band.Record.Config["alphas"] = b.axis()
	if b.whole != nil && !sameParts(b.whole, band) {
		if err := b.foreign("part of another surface"); err != nil {
			return err
		}
		b.whole = nil
	} else if b.whole != nil && b.whole.Plane.Origin == nil {
		b.s.say("going on from the %d points in %s", b.whole.Done, b.file)
		b.whole.Plane = b.cfg.Plane
	}
	if b.whole == nil {
		b.whole = b.empty(band)
	}
	w := b.whole
	for i := from; i < to; i++ {
		b.copyRow(band, i, i-from)
	}
	// As a whole surface counts it; the second point of an axis of one row isn't.
	w.Cost = result.Evaluations(w.Done)
	if w.GradNorm != nil {
		w.Cost = w.Cost.Plus(result.Gradients(w.Done))
	}
	return nil
}

// axis describes the rows as a record does.
func (b *bands) axis() string {
	at := b.cfg.Alphas
	return fmt.Sprintf("%d from %g to %g", len(at), at[0], at[len(at)-1])
}

// empty is the whole surface without a point, with what a band says of itself.
func (b *bands) empty(band *landscape.Surface) *landscape.Surface {
	n, m := len(b.cfg.Alphas), len(b.cfg.Betas)
	rows := func() [][]float64 {
		out := make([][]float64, n)
		for i := range out {
			out[i] = slices.Repeat([]float64{math.NaN()}, m)
		}
		return out
	}
	grid := func() landscape.Grid {
		return landscape.Grid{Alphas: b.cfg.Alphas, Betas: b.cfg.Betas, Value: rows(),
			StdErr: rows()}
	}
	w := &landscape.Surface{Loss: grid(), Data: grid(), Plane: b.cfg.Plane, Record: band.Record,
		Metrics: make(map[string]landscape.Grid)}
	for name := range band.Metrics {
		w.Metrics[name] = grid()
	}
	if band.GradNorm != nil {
		w.GradNorm = rows()
	}
	for range n {
		w.Measured = append(w.Measured, make([]bool, m))
	}
	return w
}

// copyRow makes row k of a band row i of the whole.
func (b *bands) copyRow(band *landscape.Surface, i, k int) {
	w := b.whole
	copyRow(w.Loss, band.Loss, i, k)
	copyRow(w.Data, band.Data, i, k)
	for name, g := range w.Metrics {
		copyRow(g, band.Metrics[name], i, k)
	}
	if w.GradNorm != nil {
		copy(w.GradNorm[i], band.GradNorm[k])
	}
	for j, yes := range band.Measured[k] {
		if yes && !w.Measured[i][j] {
			w.Measured[i][j] = true
			w.Done++
		}
	}
}

func copyRow(to, from landscape.Grid, i, k int) {
	copy(to.Value[i], from.Value[k])
	copy(to.StdErr[i], from.StdErr[k])
}

// sameParts says whether two surfaces are parts of one.
func sameParts(a, b *landscape.Surface) bool {
	names := func(s *landscape.Surface) []string { return slices.Sorted(maps.Keys(s.Metrics)) }
	r, q := a.Record, b.Record
	return r.What == q.What && maps.Equal(r.Config, q.Config) &&
		maps.Equal(r.Versions, q.Versions) && r.Weights == q.Weights &&
		r.Directions == q.Directions && r.Data == q.Data && r.Model == q.Model &&
		r.State == q.State && slices.Equal(names(a), names(b))
}

// save keeps what is done. It takes at most a tenth of the time.
func (b *bands) save() error {
	start := time.Now()
	err := b.done().Save(b.file, landscape.FileConfig{})
	b.saved = time.Now()
	b.pause = max(bandTime, 10*b.saved.Sub(start))
	return err
}

// done is the surface without the rows behind the last that has a point, of which a large one that
// has just begun has many.
func (b *bands) done() *landscape.Surface {
	s := *b.whole
	rows := len(s.Measured)
	for rows > 2 && !slices.Contains(s.Measured[rows-1], true) {
		rows--
	}
	cut := func(g landscape.Grid) landscape.Grid {
		return landscape.Grid{Alphas: g.Alphas[:rows], Betas: g.Betas, Value: g.Value[:rows],
			StdErr: g.StdErr[:rows]}
	}
	s.Loss, s.Data, s.Measured = cut(s.Loss), cut(s.Data), s.Measured[:rows]
	s.Metrics = make(map[string]landscape.Grid)
	for name, g := range b.whole.Metrics {
		s.Metrics[name] = cut(g)
	}
	if s.GradNorm != nil {
		s.GradNorm = s.GradNorm[:rows]
	}
	return &s
}

// end keeps what is done where the work was cancelled, and says so.
func (b *bands) end(err error) error {
	if b.s.ctx.Err() == nil {
		return err
	}
	total := len(b.cfg.Alphas) * len(b.cfg.Betas)
	if b.whole == nil || b.whole.Done == 0 {
		return &stopped{fmt.Sprintf("surface: none of %d points was measured", total)}
	}
	b.s.say("interrupted; keeping what is done")
	if err := b.save(); err != nil {
		return fmt.Errorf("interrupted, and the %d points of %d that were measured are lost: %w",
			b.whole.Done, total, err)
	}
	return &stopped{fmt.Sprintf("surface: %d of %d points are kept in %s; the same command goes "+
		"on from there", b.whole.Done, total, b.file)}
}
