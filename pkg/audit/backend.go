package audit

import (
	"context"
	"math"

	"lossland/pkg/xla"
)

// multiply makes products on the backend, once for both checks.
func (a *auditor) multiply() (xla.Products, error) {
	if a.products == nil {
		size := 512
		if a.backend.Name() != "xla" {
			size = 64 // the pure-Go backend would take seconds.
		}
		found, err := xla.CheckProducts(a.backend, size, 50, 1)
		if err != nil {
			return found, err
		}
		a.products = &found
	}
	return *a.products, nil
}

// precision says with how many bits the backend multiplies, and the model asks it to.
func (a *auditor) precision(context.Context) (Row, error) {
	found, err := a.multiply()
	if err != nil {
		return Row{}, err
	}
	const full = 24
	bits := float64(a.bits)
	if found.Rounded > 0 {
		bits = math.Min(bits, float64(found.Bits))
	}
	switch {
	case found.Rounded > 0 && a.bits > found.Bits:
		return say(Look, bits, "bits", full, "The backend rounds the factors of float32 products "+
			"to %d bits, relative steps of %.1g: set GOMLX_BACKEND without tf32.", found.Bits,
			math.Ldexp(1, -found.Bits)), nil
	case a.bits < full:
		return say(Look, bits, "bits", full, "The model multiplies in %s: losses of examples "+
			"move in relative steps of %.1g, and finer structure in a picture is rounding.",
			a.narrowest, unitOf(a.narrowest)), nil
	case !a.multiplies:
		return say(Right, bits, "bits", full, "The loss multiplies no matrices; weights are of "+
			"%d bits.", a.bits), nil
	}
	return say(Right, bits, "bits", full, "Products are in full %s.", a.narrowest), nil
}

// fresh says whether the backend computes with the weights that were set last.
func (a *auditor) fresh(context.Context) (Row, error) {
	found, err := a.multiply()
	if err != nil {
		return Row{}, err
	}
	if found.Stale > 0 {
		return say(Wrong, float64(found.Stale), "products", 0, "Of %d products %d used weights "+
			"that had been replaced: open the backend with lossland's pkg/xla, which sets "+
			"--xla_cpu_use_xnnpack=false.", found.Rounds, found.Stale), nil
	}
	return say(Right, 0, "products", 0, "%d products used the weights set last.", found.Rounds),
		nil
}
