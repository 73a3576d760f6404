package sam

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// Hyper-parameters of the store, which [FromScope] and the registered names read. Those of one
// variant or part are in its file.
const (
	ParamBase   = "sam_base"   // name of the base in optimizer.KnownOptimizers, default "momentum".
	ParamRho    = "sam_rho"    // ρ, float64, default 0.05; for "asam" 0.5.
	ParamAlpha  = "sam_alpha"  // α, float64, default GSAM's 0.4, LookSAM's 0.7, GNP's 0.8.
	ParamEvery  = "sam_every"  // steps from one climb to the next, int, default 1; for "looksam" 5.
	ParamFrom   = "sam_from"   // first step of the window, int, default 0.
	ParamTo     = "sam_to"     // first step after the window, int, default 0: no end.
	ParamM      = "sam_m"      // m-SAM's m, int, default 0: the whole batch.
	ParamFilter = "sam_filter" // what is perturbed: "all" (the default), "weights" or "norms".
	ParamAscend = "sam_ascend" // "total" (the default) or "data".
)

// variants are the registered names, with what each chooses.
var variants = map[string]func(*Config, *model.Scope){}

// register makes a variant known here and to GoMLX. A variant's file calls it in its init, with
// what it sets from the hyper-parameters.
func register(name string, choose func(*Config, *model.Scope)) {
	variants[name] = choose
	optimizer.KnownOptimizers[name] = func(scope *model.Scope) optimizer.Interface {
		return FromScope(scope, name).Done()
	}
}

var (
	filters    = map[string]Filter{"all": nil, "weights": WeightsOnly, "norms": NormsOnly}
	objectives = map[string]Objective{"total": TotalLoss, "data": DataLoss}
)

// FromScope returns the configuration of a registered variant, such as "sam", "asam" or "looksam",
// with the store's hyper-parameters. Importing the package registers the variants with GoMLX too.
// [Optimizer.Err] reports a value that can't be read.
func FromScope(scope *model.Scope, variant string) *Config {
	c := New(nil)
	choose, known := variants[variant]
	if !known {
		c.err = fmt.Errorf("sam: no variant %q, there are %q", variant, sortedKeys(variants))
		return c
	}
	c.every = model.GetParamOr(scope, ParamEvery, c.every)
	choose(c, scope)
	if rho, is := c.size.(Constant); is {
		c.size = Constant(model.GetParamOr(scope, ParamRho, float64(rho)))
	}
	c.m = model.GetParamOr(scope, ParamM, c.m)
	c.from = int64(model.GetParamOr(scope, ParamFrom, 0))
	if to := model.GetParamOr(scope, ParamTo, 0); to != 0 {
		c.to = int64(to)
	}
	c.objective = choice(c, scope, ParamAscend, objectives, c.objective)
	c.filter = choice(c, scope, ParamFilter, filters, c.filter)
	c.readBase(scope)
	return c
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

// choice reads a hyper-parameter that names one of a few values.
func choice[T any](
	c *Config, scope *model.Scope, key string, values map[string]T, otherwise T,
) T {
	name := model.GetParamOr(scope, key, "")
	if name == "" {
		return otherwise
	}
	value, known := values[strings.ToLower(name)]
	if !known {
		c.err = fmt.Errorf("sam: hyper-parameter %s is %q, want one of %q", key, name,
			sortedKeys(values))
	}
	return value
}

// readBase makes the base optimizer.
func (c *Config) readBase(scope *model.Scope) {
	name := model.GetParamOr(scope, ParamBase, "momentum")
	_, isSAM := variants[name]
	build, known := optimizer.KnownOptimizers[name]
	switch {
	case isSAM:
		c.err = fmt.Errorf("sam: hyper-parameter %s is %q, want an optimizer that isn't SAM itself",
			ParamBase, name)
	case !known:
		c.err = fmt.Errorf("sam: hyper-parameter %s is %q, want one of %q", ParamBase, name,
			sortedKeys(optimizer.KnownOptimizers))
	default:
		c.base = build(scope)
	}
}
