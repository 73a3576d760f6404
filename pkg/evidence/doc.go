// Package evidence turns repeated measurements into a verdict: an effect with a 95 % interval, a threshold that was fixed
// before, and whether the whole interval lies on the claim's side of it.
//
// Intervals: [MeanT] and [PairedDifference] (Student's t), [GeometricRatio] (t on logarithms), [Wilson] (a share),
// [Bootstrap] (anything else, such as [Median] or [Spearman]). Tests of no difference: [SignTest], [PermutationTest],
// [SignFlipTest]. The table: [Claim], [Threshold.Decide], [ReadClaims], [WriteClaims].
//
// Independent repetitions are the unit: seeds, models or pairs, never the examples of one test set. NaN and infinite
// values are refused with their place, and not left out.
package evidence
