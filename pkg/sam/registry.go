package sam

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// Hyper-parameters of the store, read by [FromScope] and so by the registered names.
const (
	ParamBase   = "sam_base"   // name of the base optimizer in optimizer.KnownOptimizers, default "momentum".
	ParamRho    = "sam_rho"    // ρ, float64, default 0.05; for "asam" 0.5.
	ParamEta    = "sam_eta"    // ASAM's η, float64, default 0.01.
	ParamAlpha  = "sam_alpha"  // GSAM's α, default 0.4, or LookSAM's, default 0.7; float64.
	ParamSigma  = "sam_sigma"  // F-SAM's σ, float64, default 1.
	ParamLambda = "sam_lambda" // F-SAM's λ, float64, default 0.9.
	ParamEvery  = "sam_every"  // steps from one climb to the next, int, default 1; for "looksam" 5.
	ParamFrom   = "sam_from"   // first step of the window, int, default 0.
	ParamTo     = "sam_to"     // first step after the window, int, default 0: no end.
	ParamMicro  = "sam_micro"  // m-SAM's m, int, default 0: the whole batch.
	ParamNorm   = "sam_norm"   // "l2" (the default), "linf" or "none".
	ParamFilter = "sam_filter" // what is perturbed: "all" (the default), "weights" or "norms".
	ParamAdapt  = "sam_adapt"  // what ASAM scales: "all" (the default) or "weights".
	ParamAscend = "sam_ascend" // "total" (the default) or "data".
)

// variants are the registered names: what each sets before the hyper-parameters are read.
var variants = map[string]func(scope *model.Scope, c *Config){
	"sam":     func(*model.Scope, *Config) {},
	"asam":    func(scope *model.Scope, c *Config) { c.Rho(0.5).ASAM(model.GetParamOr(scope, ParamEta, 0.01)) },
	"gsam":    func(scope *model.Scope, c *Config) { c.GSAM(model.GetParamOr(scope, ParamAlpha, 0.4)) },
	"looksam": func(scope *model.Scope, c *Config) { c.LookSAM(5, model.GetParamOr(scope, ParamAlpha, 0.7)) },
	"fsam": func(scope *model.Scope, c *Config) {
		c.Friendly(model.GetParamOr(scope, ParamSigma, 1.0), model.GetParamOr(scope, ParamLambda, 0.9))
	},
	"usam": func(_ *model.Scope, c *Config) { c.Norm(Unnormalized) },
}

var (
	balls      = map[string]Ball{"l2": L2, "linf": LInf, "none": Unnormalized}
	filters    = map[string]Filter{"all": nil, "weights": WeightsOnly, "norms": NormsOnly}
	objectives = map[string]Objective{"total": TotalLoss, "data": DataLoss}
)

// Importing the package registers its optimizers with GoMLX: "sam", "asam", "gsam", "looksam", "fsam", "usam" and "momentum".
func init() {
	optimizer.KnownOptimizers["momentum"] = func(scope *model.Scope) optimizer.Interface { return Momentum().FromScope(scope).Done() }
	for name := range variants {
		optimizer.KnownOptimizers[name] = func(scope *model.Scope) optimizer.Interface { return FromScope(scope, name).Done() }
	}
}

// FromScope returns the configuration of a registered variant, "sam", "asam", "gsam", "looksam", "fsam" or "usam", with the store's
// hyper-parameters. A value that can't be read is what [Optimizer.Err] says.
func FromScope(scope *model.Scope, variant string) *Config {
	c := New(nil)
	setup, known := variants[variant]
	if !known {
		c.err = fmt.Errorf("sam: no variant %q, there are %q", variant, slices.Sorted(maps.Keys(variants)))
		return c
	}
	setup(scope, c)
	c.rho = model.GetParamOr(scope, ParamRho, c.rho)
	c.every = model.GetParamOr(scope, ParamEvery, c.every)
	c.micro = model.GetParamOr(scope, ParamMicro, c.micro)
	c.from = int64(model.GetParamOr(scope, ParamFrom, 0))
	if to := model.GetParamOr(scope, ParamTo, 0); to != 0 {
		c.to = int64(to)
	}
	c.ball = choice(c, scope, ParamNorm, balls, c.ball)
	c.objective = choice(c, scope, ParamAscend, objectives, c.objective)
	c.filter = choice(c, scope, ParamFilter, filters, c.filter)
	c.adapted = choice(c, scope, ParamAdapt, filters, c.adapted)
	c.readBase(scope)
	return c
}

// choice reads a hyper-parameter that names one of a few values.
func choice[T any](c *Config, scope *model.Scope, key string, values map[string]T, otherwise T) T {
	name := model.GetParamOr(scope, key, "")
	if name == "" {
		return otherwise
	}
	value, known := values[strings.ToLower(name)]
	if !known {
		c.err = fmt.Errorf("sam: hyper-parameter %s is %q, want one of %q", key, name, slices.Sorted(maps.Keys(values)))
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
		c.err = fmt.Errorf("sam: hyper-parameter %s is %q, want an optimizer that isn't SAM itself", ParamBase, name)
	case !known:
		c.err = fmt.Errorf("sam: hyper-parameter %s is %q, want one of %q", ParamBase, name, slices.Sorted(maps.Keys(optimizer.KnownOptimizers)))
	default:
		c.base = build(scope)
	}
}
