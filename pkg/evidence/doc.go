// Package evidence turns repeated measurements into a verdict. It compares the 95 % interval of an
// effect with a threshold that was fixed beforehand, and says whether the whole interval lies on
// the claim's side.
//
// # Notation
//
// n is the number of independent repetitions: seeds, models or pairs, never the examples of one
// test set. An effect is a mean, a difference, a ratio, a share or a correlation, in the unit of
// what was measured. [Level] is the confidence of every interval.
//
// # Failures
//
// Too few values are an error. NaN and infinite values are errors that name their place; they are
// never left out. A claim that falls short is not an error but a verdict: [Mixed], with the reason
// in its note.
//
// # Files
//
// From values to an interval:
//
//	interval.go      Interval; MeanT, PairedDifference, GeometricRatio, Wilson
//	bootstrap.go     Bootstrap, an interval for any other statistic
//	quantile.go      Median, Quantile
//	spearman.go      Spearman, the correlation of ranks
//
// From an interval to a verdict:
//
//	threshold.go     Threshold, and the rule that decides
//	plan.go          Planned, a row that was fixed before; ReadPlan, the only parser of plans
//	finding.go       Finding, what a row's data say, and the claim that a plan makes of it
//
// The table:
//
//	claim.go         Claim, a row of the table
//	table.go         ReadClaims, WriteClaims
//	text.go          a row in words and in columns: the only printer
//	samrow.go        SAMRow, the table of the SAM family on the digits
package evidence
