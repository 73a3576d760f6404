package datasets

import "lossland/pkg/viz"

// Pixels returns an example as an image with a caption.
func (d *Data) Pixels(i int, caption string) viz.Image {
	image := viz.Image{Width: d.Image[1], Caption: caption}
	for _, v := range d.Example(i) {
		image.Pixels = append(image.Pixels, float64(v))
	}
	return image
}
