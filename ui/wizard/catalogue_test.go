package wizard

import (
	"slices"
	"testing"

	"hilum/app/runs"
	"hilum/app/runs/thresholds"
	"hilum/inference/calib"
	"hilum/inference/zoo"
	"hilum/training/recipe"
)

// One more entry in each list is a choice of the wizard, and can be taken.
func TestTheWizardOffersWhatTheListsHold(t *testing.T) {
	c := runs.Catalogue{
		Methods: append(
			calib.Calibrators(),
			calib.Method{
				Name: "ours", Title: "our own scale", Fit: calib.PlattScaling().Fit,
				Decode: calib.PlattScaling().Decode,
			},
		),
		Policies: append(
			calib.Policies(),
			calib.Rule{
				Kind: "npv", Form: "npv", Title: "the largest NPV",
				Worth: func(_ calib.Policy, c calib.Confusion) float64 { return c.NPV() },
			},
		),
		Recipes:  append(recipe.Recipes(), recipe.Entry{Name: "ours", Title: "Our own way", JSON: recipe.Head().JSON}),
		Networks: append(zoo.Architectures(), zoo.Architecture{Name: "our_net"}),
	}
	h, dir := finishedOf(t, c)
	h.on(func() {
		deploy, model := h.pages[stepDeploy].(*deployPage), h.pages[stepModel].(*modelPage)
		for what, in := range map[string][]string{
			"our own scale": deploy.calibratorNames(), "the largest NPV": deploy.policyNames(),
			"Our own way": model.recipeNames(),
		} {
			if !slices.Contains(in, what) {
				t.Errorf("%q is not among %q", what, in)
			}
		}
		if list := model.options(h.desk.State().Run(dir)); !slices.Contains(list, "From nothing: our_net") {
			t.Errorf("networks %q", list)
		}
		h.show(stepDeploy)
		deploy.choosePolicy("the largest NPV")
		deploy.edit(func(k *thresholds.Class) error { k.SetCalibrator("ours"); return nil })
		if k := deploy.chosen(); k == nil || k.Policy() != "npv" || k.Calibrator() != "ours" || k.Refused != "" {
			t.Errorf("the class is %+v", k)
		}
	})
}
