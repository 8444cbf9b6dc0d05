package runs

import (
	"hilum/inference/calib"
	"hilum/inference/zoo"
	"hilum/training/recipe"
)

// Catalogue is what there is to choose from for a run. Whoever has an entry of
// their own hands on a longer list; nil is what comes along.
type Catalogue struct {
	Methods  calib.Methods
	Policies calib.Rules
	Recipes  recipe.Registry
	Networks zoo.Networks // that training can begin with drawn weights
}

// known fills in what comes along.
func (c Catalogue) known() Catalogue {
	if c.Methods == nil {
		c.Methods = calib.Calibrators()
	}
	if c.Policies == nil {
		c.Policies = calib.Policies()
	}
	if c.Recipes == nil {
		c.Recipes = recipe.Recipes()
	}
	if c.Networks == nil {
		c.Networks = zoo.Architectures()
	}
	return c
}

// Catalogue is what there is to choose from.
func (d *RunManager) Catalogue() Catalogue { return d.cfg.Catalogue }
