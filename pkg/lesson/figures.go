package lesson

import "lossland/pkg/viz"

// DotRow is a row of [viz.Intervals] for a number without an interval.
func DotRow(label, group string, value float64) viz.Interval {
	return viz.Interval{Label: label, Group: group, Value: value, Lo: value, Hi: value}
}
