package landscape

import (
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"github.com/gomlx/gomlx/ml/train"
)

const (
	// wholeFingerprint is the size in bytes up to which all of a tensor is in its fingerprint. Of
	// a larger one it is that much, in pieces that are spread over it.
	wholeFingerprint = 1 << 20
	// fingerprintPiece is the size of such a piece.
	fingerprintPiece = 256
)

// fingerprintSeed is this process's: fingerprints are never stored.
var fingerprintSeed = maphash.MakeSeed()

// fingerprint is a hash of the shapes and values of a batch. Cost: about 0.1 ms for each tensor at
// most; nothing is computed on the device.
func fingerprint(b train.Batch) (uint64, error) {
	var h maphash.Hash
	h.SetSeed(fingerprintSeed)
	for _, t := range slices.Concat(b.Inputs, b.Labels) {
		h.WriteString(t.Shape().String())
		if err := t.ConstBytes(func(data []byte) { sampleBytes(&h, data) }); err != nil {
			return 0, fmt.Errorf("landscape: reading a batch: %w", err)
		}
	}
	return h.Sum64(), nil
}

// sampleBytes hashes data: all of it or, where it is large, equally spaced pieces, the first and
// the last included.
func sampleBytes(h *maphash.Hash, data []byte) {
	if len(data) <= wholeFingerprint {
		h.Write(data)
		return
	}
	const pieces = wholeFingerprint / fingerprintPiece
	for k := range pieces {
		from := k * (len(data) - fingerprintPiece) / (pieces - 1)
		h.Write(data[from:][:fingerprintPiece])
	}
}

const (
	// endlessRepeats is how often data must have repeated itself to be taken to be endless.
	endlessRepeats = 3
	// endlessAfter is how long it must have been read besides: data that ends soon may be anything.
	endlessAfter = 2 * time.Second
)

// repetition watches for data that repeats itself.
type repetition struct {
	prints []uint64 // of the batches so far.
	// border[k] is how many batches, fewer than k, are both the first and the last of the first k:
	// the failure function of Knuth, Morris and Pratt. One longer than prints.
	border []int
}

// add notes the fingerprint of the next batch.
func (r *repetition) add(print uint64) {
	n := len(r.prints)
	r.prints = append(r.prints, print)
	if n == 0 {
		r.border = []int{0, 0}
		return
	}
	b := r.border[n]
	for b > 0 && r.prints[b] != print {
		b = r.border[b]
	}
	if r.prints[b] == print {
		b++
	}
	r.border = append(r.border, b)
}

// period is the number of batches after which all came again; that of all batches where none did.
func (r *repetition) period() int { return len(r.prints) - r.border[len(r.prints)] }

// repeats is how often all of a period came again.
func (r *repetition) repeats() int { return len(r.prints)/r.period() - 1 }
