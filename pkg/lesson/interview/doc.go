// Package interview is what the lesson's last notebooks show: the interview's answer, its cards and
// self-test, the scorecard. It alone reads the evidence table.
package interview
