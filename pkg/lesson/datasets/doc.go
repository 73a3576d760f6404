// Package datasets holds the lesson's data in memory, as [Data]: N examples with labels or targets.
//
//   - [Digits]: 1,797 hand-written digits of 8 × 8 pixels, embedded, always divided the same way.
//   - [Moons], [Spirals], [Blobs], [Teacher]: made by seed, for what real data can't show.
//
// Methods of [Data] make variants: parts ([Data.Subset], [Data.Split]), damaged images
// ([Data.Corrupt], [Data.AllCorruptions]), wrong labels ([Data.NoisyLabels], [Data.RandomLabels]),
// fewer pixels ([Data.Pooled]). They return copies and never change their receiver.
//
// # Invariants
//
// X holds Len() · Features() numbers. There are labels, each in 0 … Classes−1, or targets, and not
// both. [Data.Check] returns an error that says what is wrong; training and measuring call it.
//
// # Seeds
//
// Everything random takes a seed, and every number is a seed, including 0. One seed gives
// independent streams for independent purposes: the label noise of seed 1 and the corruption of
// seed 1 share nothing. See [NewRand].
//
// # Files
//
// What there is, and what can be made of it:
//
//	data.go       Data, Split: parts, shapes, the hash of the content
//	dataset.go    batches for train.Trainer and for landscape
//	digits.go     the embedded digits
//	synthetic.go  moons, spirals, blobs, a teacher network
//	corrupt.go    images damaged in five ways, at five severities
//	shift.go      all corruptions at once
//	labels.go     labels that are wrong or random
//	pooled.go     images averaged over squares
//	pixels.go     an example as a picture
package datasets
