package faults

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	_ "github.com/gomlx/gomlx/backends/default"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/stretchr/testify/require"

	"lossland/internal/testnet"
	"lossland/pkg/curve"
	"lossland/pkg/landscape"
	"lossland/pkg/spectrum"
)

// measurement is anything that is measured, as text: equal texts are equal results.
type measurement func(context.Context, *landscape.Problem) (string, error)

// measurements are all of them, each in a small form.
var measurements = map[string]measurement{
	"loss": func(ctx context.Context, p *landscape.Problem) (string, error) {
		return at(p, func(here *landscape.Point) (any, error) { return here.Loss(ctx) })
	},
	"gradient": func(ctx context.Context, p *landscape.Problem) (string, error) {
		return at(p, func(here *landscape.Point) (any, error) { return here.Gradient(ctx) })
	},
	"sharpness": func(ctx context.Context, p *landscape.Problem) (string, error) {
		return at(p, func(here *landscape.Point) (any, error) {
			return here.Sharpness(ctx, landscape.StandardMeasures(1)...)
		})
	},
	"classification": func(ctx context.Context, p *landscape.Problem) (string, error) {
		return at(p, func(here *landscape.Point) (any, error) {
			c, err := here.Classify(ctx, landscape.ClassifyConfig{})
			if err != nil {
				return nil, err
			}
			return c.Why, nil
		})
	},
	"critical point": func(ctx context.Context, p *landscape.Problem) (string, error) {
		return at(p, func(here *landscape.Point) (any, error) {
			c, err := here.FindCritical(ctx, landscape.CriticalConfig{})
			if err != nil {
				return nil, err
			}
			return fmt.Sprint(c.Status, c.Theta), nil
		})
	},
	"eigenvalues": product(func(ctx context.Context, h spectrum.Operator) (any, error) {
		pairs, err := spectrum.Lanczos(ctx, h, 3, spectrum.Largest, spectrum.LanczosConfig{})
		if err != nil {
			return nil, err
		}
		return pairs.Values, nil
	}),
	"density": product(func(ctx context.Context, h spectrum.Operator) (any, error) {
		d, err := spectrum.NewDensity(ctx, h, spectrum.DensityConfig{})
		if err != nil {
			return nil, err
		}
		return d.Probes, nil
	}),
	"trace": product(func(ctx context.Context, h spectrum.Operator) (any, error) {
		trace, err := spectrum.Hutchinson(ctx, h, spectrum.TraceConfig{})
		if err != nil {
			return nil, err
		}
		return trace.Terms, nil
	}),
	"surface": func(ctx context.Context, p *landscape.Problem) (string, error) {
		s, err := p.Surface(ctx, landscape.SurfaceConfig{Resolution: 12})
		if err != nil {
			return "", err
		}
		return fmt.Sprint(s.Loss.Value), nil
	},
	"surface with gradients": func(ctx context.Context, p *landscape.Problem) (string, error) {
		s, err := p.Surface(ctx, landscape.SurfaceConfig{Resolution: 5, GradNorm: true})
		if err != nil {
			return "", err
		}
		return fmt.Sprint(s.Loss.Value), nil
	},
	"spread": func(ctx context.Context, p *landscape.Problem) (string, error) {
		s, err := p.SurfaceSpread(ctx, landscape.SpreadConfig{Planes: 3,
			Surface: landscape.SurfaceConfig{Resolution: 5}})
		if err != nil {
			return "", err
		}
		return fmt.Sprint(s.Median.Value), nil
	},
	"profile": func(ctx context.Context, p *landscape.Problem) (string, error) {
		a, b, err := ends(p)
		if err != nil {
			return "", err
		}
		l, err := p.Along(ctx, curve.Straight(a, b), landscape.AlongConfig{})
		if err != nil {
			return "", err
		}
		return fmt.Sprint(l.Loss), nil
	},
	"connection": func(ctx context.Context, p *landscape.Problem) (string, error) {
		a, b, err := ends(p)
		if err != nil {
			return "", err
		}
		c, err := p.Connect(ctx, a, b, landscape.ConnectConfig{Steps: 20})
		if err != nil {
			return "", err
		}
		return fmt.Sprint(c.History), nil
	},
	"ratio map": func(ctx context.Context, p *landscape.Problem) (string, error) {
		plane, err := p.RandomPlane(1)
		if err != nil {
			return "", err
		}
		m, err := p.RatioMap(ctx, plane, landscape.RatioMapConfig{Resolution: 3})
		if err != nil {
			return "", err
		}
		return fmt.Sprint(m.Ratio.Value), nil
	},
}

// names are those of the measurements, in one order.
func names() []string { return slices.Sorted(maps.Keys(measurements)) }

// at measures at the store's weights.
func at(p *landscape.Problem, measure func(*landscape.Point) (any, error)) (string, error) {
	here, err := p.Here()
	if err != nil {
		return "", err
	}
	defer here.Close()
	found, err := measure(here)
	return fmt.Sprint(found), err
}

// product is a measurement that takes products with the Hessian.
func product(measure func(context.Context, spectrum.Operator) (any, error)) measurement {
	return func(ctx context.Context, p *landscape.Problem) (string, error) {
		return at(p, func(here *landscape.Point) (any, error) {
			h, err := here.Hessian(ctx, landscape.HessianConfig{})
			if err != nil {
				return nil, err
			}
			defer h.Close()
			return measure(ctx, h)
		})
	}
}

// ends are two points, the store's and one beside it.
func ends(p *landscape.Problem) (a, b []float64, err error) {
	a, err = p.Weights()
	b = slices.Clone(a)
	for i := range b {
		b[i] += 0.1 * math.Sin(float64(i))
	}
	return a, b, err
}

// problem is a small network on the given data.
func problem(t *testing.T, data train.Dataset) (*landscape.Problem, *model.Store) {
	t.Helper()
	store := testnet.Store(1)
	p, err := landscape.NewProblem(testnet.Quick(t), store, testnet.MLP, testnet.CrossEntropy, data,
		nil)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p, store
}

// weights are all variables of a store, as text.
func weights(t *testing.T, store *model.Store) string {
	t.Helper()
	var all []string
	for v := range store.IterVariables() {
		value, err := v.Value()
		require.NoError(t, err)
		all = append(all, fmt.Sprint(v.Path(), value.Value()))
	}
	slices.Sort(all)
	return fmt.Sprint(all)
}
