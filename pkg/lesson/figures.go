package lesson

import "lossland/pkg/viz"

// Dot is a row of [viz.Intervals] for a number without an interval.
func Dot(label, group string, value float64) viz.Interval {
	return viz.Interval{Label: label, Group: group, Value: value, Lo: value, Hi: value}
}

// Pixels returns an example as an image with a caption.
func (d *Data) Pixels(i int, caption string) viz.Image {
	image := viz.Image{Width: d.Image[1], Caption: caption}
	for _, v := range d.Example(i) {
		image.Pixels = append(image.Pixels, float64(v))
	}
	return image
}
