package datasets

import "fmt"

// Pooled averages images over squares of k × k pixels, which must divide height and width: a small
// network then has few weights, and the whole of its Hessian can be looked at. Examples of the
// result have shape [features].
func (d *Data) Pooled(k int) (*Data, error) {
	height, width, channels := d.Image[0], d.Image[1], d.Image[2]
	if height*width*channels == 0 {
		return nil, fmt.Errorf("datasets: Pooled: data set %q holds no images", d.Name)
	}
	if k < 1 || height%k != 0 || width%k != 0 {
		return nil, fmt.Errorf("datasets: Pooled: squares of %d pixels don't divide images "+
			"of %d × %d", k, height, width)
	}
	small := d.Clone()
	small.Name = fmt.Sprintf("%s, pooled by %d", d.Name, k)
	small.Image = [3]int{height / k, width / k, channels}
	features := small.Image[0] * small.Image[1] * channels
	small.Shape, small.X = []int{features}, make([]float32, d.Len()*features)
	for i := range d.Len() {
		x, y := d.Example(i), small.Example(i)
		for at, value := range x { // at = (row·width + column)·channels + channel
			row, column, channel := at/(width*channels), at/channels%width, at%channels
			y[(row/k*small.Image[1]+column/k)*channels+channel] += value / float32(k*k)
		}
	}
	return small, nil
}
