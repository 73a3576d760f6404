package datasets

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Corruption is one way to damage images, after Hendrycks and Dietterich 2019, "Benchmarking Neural
// Network Robustness to Common Corruptions and Perturbations". Noise and contrast use their
// strengths for ImageNet. Their blurs and geometric corruptions are made for pictures of 224
// pixels; those here are scaled to 8, and translation and dropout of pixels are ours.
type Corruption string

const (
	// GaussianNoise adds N(0, σ²) to each pixel: σ = 0.08, 0.12, 0.18, 0.26, 0.38.
	GaussianNoise Corruption = "gaussian noise"
	// Blur convolves with a Gaussian of σ = 0.4, 0.6, 0.8, 1.0, 1.3 pixels, beyond the edges as at
	// the edges.
	Blur Corruption = "blur"
	// Contrast shrinks the distance to the image's mean by 0.4, 0.3, 0.2, 0.1, 0.05.
	Contrast Corruption = "contrast"
	// Translation moves the image by 0.5, 0.75, 1, 1.5, 2 pixels in a random direction, bilinear,
	// white where nothing was.
	Translation Corruption = "translation"
	// PixelDropout sets each pixel to white with probability 0.1, 0.2, 0.3, 0.4, 0.5.
	PixelDropout Corruption = "pixel dropout"
)

// Corruptions lists them all.
func Corruptions() []Corruption {
	return []Corruption{GaussianNoise, Blur, Contrast, Translation, PixelDropout}
}

var severities = map[Corruption][5]float64{
	GaussianNoise: {0.08, 0.12, 0.18, 0.26, 0.38},
	Blur:          {0.4, 0.6, 0.8, 1.0, 1.3},
	Contrast:      {0.4, 0.3, 0.2, 0.1, 0.05},
	Translation:   {0.5, 0.75, 1, 1.5, 2},
	PixelDropout:  {0.1, 0.2, 0.3, 0.4, 0.5},
}

// Corrupt damages every image, at a severity from 1 to 5, and cuts the pixels to [0, 1]. Labels
// stay.
func (d *Data) Corrupt(corruption Corruption, severity int, seed uint64) (*Data, error) {
	strengths, ok := severities[corruption]
	switch {
	case !ok:
		return nil, fmt.Errorf("datasets: no corruption %q, there are %q",
			corruption, Corruptions())
	case severity < 1 || severity > 5:
		return nil, fmt.Errorf("datasets: severity %d, want 1 … 5", severity)
	case d.Image == [3]int{}:
		return nil, errors.New("datasets: only images can be corrupted")
	}
	rng := NewRand(seed, string(corruption))
	c := d.Clone()
	for i := range c.Len() {
		img := picture{d.Image[0], d.Image[1], d.Image[2], c.Example(i)}
		img.corrupt(corruption, strengths[severity-1], rng)
		for j, v := range img.pixels {
			img.pixels[j] = min(1, max(0, v))
		}
	}
	c.Name = fmt.Sprintf("%s, %s %d", d.Name, corruption, severity)
	return c, nil
}

// picture is one image, pixels [height, width, channels].
type picture struct {
	height, width, channels int
	pixels                  []float32
}

func (p picture) corrupt(corruption Corruption, strength float64, rng *rand.Rand) {
	switch corruption {
	case GaussianNoise:
		for i := range p.pixels {
			p.pixels[i] += float32(strength * rng.NormFloat64())
		}
	case Blur:
		p.blur(strength)
	case Contrast:
		mean := float32(0)
		for _, v := range p.pixels {
			mean += v / float32(len(p.pixels))
		}
		for i, v := range p.pixels {
			p.pixels[i] = mean + float32(strength)*(v-mean)
		}
	case Translation:
		angle := 2 * math.Pi * rng.Float64()
		p.translate(strength*math.Sin(angle), strength*math.Cos(angle))
	case PixelDropout:
		for i := range p.pixels {
			if rng.Float64() < strength {
				p.pixels[i] = 0
			}
		}
	}
}

// at returns a pixel, and outside the image the nearest one.
func (p picture) at(pixels []float32, y, x, c int) float64 {
	y, x = min(p.height-1, max(0, y)), min(p.width-1, max(0, x))
	return float64(pixels[(y*p.width+x)*p.channels+c])
}

// blur convolves with a Gaussian cut at 3σ, as the product of its two axes.
func (p picture) blur(sigma float64) {
	radius := int(math.Ceil(3 * sigma))
	kernel, sum := make([]float64, 2*radius+1), 0.0
	for k := range kernel {
		kernel[k] = math.Exp(-float64((k-radius)*(k-radius)) / (2 * sigma * sigma))
		sum += kernel[k]
	}
	for _, axis := range [2][2]int{{0, 1}, {1, 0}} {
		before := slices.Clone(p.pixels)
		p.each(func(y, x, c int) float64 {
			value := 0.0
			for k, w := range kernel {
				value += w / sum * p.at(before, y+axis[0]*(k-radius), x+axis[1]*(k-radius), c)
			}
			return value
		})
	}
}

// translate moves the image by (dy, dx) pixels.
func (p picture) translate(dy, dx float64) {
	before := slices.Clone(p.pixels)
	p.each(func(y, x, c int) float64 {
		fromY, fromX := float64(y)-dy, float64(x)-dx
		y0, x0 := int(math.Floor(fromY)), int(math.Floor(fromX))
		value := 0.0
		for _, corner := range [4][2]int{{0, 0}, {0, 1}, {1, 0}, {1, 1}} {
			cy, cx := y0+corner[0], x0+corner[1]
			if cy < 0 || cy >= p.height || cx < 0 || cx >= p.width {
				continue // white
			}
			weight := (1 - math.Abs(fromY-float64(cy))) * (1 - math.Abs(fromX-float64(cx)))
			value += weight * p.at(before, cy, cx, c)
		}
		return value
	})
}

// each sets every pixel to what f returns for it.
func (p picture) each(f func(y, x, c int) float64) {
	for y := range p.height {
		for x := range p.width {
			for c := range p.channels {
				p.pixels[(y*p.width+x)*p.channels+c] = float32(f(y, x, c))
			}
		}
	}
}
