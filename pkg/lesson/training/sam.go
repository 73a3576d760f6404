package training

import (
	"fmt"

	"github.com/gomlx/gomlx/ml/train/optimizer"

	"lossland/pkg/sam"
)

// Momentum is gradient descent with heavy-ball momentum μ and a constant rate: see [sam.Momentum].
func Momentum(rate, mu float64) Optimizer {
	return Optimizer{
		Name: fmt.Sprintf("momentum rate=%v mu=%v", rate, mu), Rate: rate,
		New: func() optimizer.Interface { return sam.Momentum().Rate(rate).Mu(mu).Done() },
	}
}

// SAM is sharpness-aware minimisation of radius ρ around a base: see [sam.New].
func SAM(base Optimizer, rho float64) Optimizer {
	name := fmt.Sprintf("sam rho=%v", rho)
	return SAMVariant(base, name, func(c *sam.Config) *sam.Config { return c.Rho(rho) })
}

// SAMVariant is a member of the SAM family around a base. The name has to say everything that
// configure sets, since the cache tells optimizers apart by it. Variants that climb only in some
// steps need a training loop of their own and don't work here.
func SAMVariant(base Optimizer, name string, configure func(*sam.Config) *sam.Config) Optimizer {
	return Optimizer{
		Name: name + " of " + base.Name, Rate: base.Rate,
		New: func() optimizer.Interface { return configure(sam.New(base.New())).Done() },
	}
}
