package findingspanel

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"hilum/app"
	"hilum/app/findings"
	"hilum/app/models"
	"hilum/app/radiograph"
	"hilum/inference"
	"hilum/internal/message/reread"
	"hilum/ui/kit"
)

// The details are the figures behind a finding and what changes no finding's meaning. They
// may speak in code: methods, hashes, logits.

// detailLines are the details of a class that is scored and shown.
func detailLines(env *kit.Environment, st app.State, row findings.Row) []line {
	out := explainFinding(env, st, row.Finding)
	if st.Result != nil && st.Result.Exclusive {
		name := env.ClassName(st.Result.MostProbable().Class)
		out = append(out, line{env.T("Of the classes, which exclude each other, the most probable is %s.", name),
			plainLine})
	}
	if row.Compared {
		out = append(out, changeLine(env, row))
	}
	out = append(out, mapLines(env, st, row.Class)...)
	for _, m := range minor(st) {
		out = append(out, line{env.Text(m), secondLine})
	}
	return out
}

// changeLine says what has changed from the prior.
func changeLine(env *kit.Environment, r findings.Row) line {
	return line{
		env.T(
			"Margin %s now, %s on the prior: change %s", env.SignedFigure(r.Finding.RelMargin),
			env.SignedFigure(r.Then),
			env.SignedFigure(r.Change),
		),
		plainLine,
	}
}

// mapInSight is the class's map, while it is shown; else nil.
func mapInSight(st app.State, class string) *inference.Heatmap {
	maps := st.ClassMaps()
	at := slices.IndexFunc(maps, func(h inference.Heatmap) bool { return h.Class == class })
	if !st.Map.On || at < 0 || st.Picture == nil || !slices.Contains(st.Map.Classes(), class) {
		return nil
	}
	return &maps[at]
}

// mapLines say where the class's map is strongest, while it is shown.
func mapLines(env *kit.Environment, st app.State, class string) []line {
	m := mapInSight(st, class)
	if m == nil {
		return nil
	}
	s := radiograph.Statistics(st.Picture, m)
	if !s.For {
		return nil
	}
	where := fmt.Sprintf("x %.0f%%, y %.0f%%", 100*s.X, 100*s.Y)
	if s.Zone != "" {
		where = env.T(s.Zone) + " (" + where + ")"
	}
	text := env.T("Map, strongest place: %s; half of that or more on %s of the picture", where, kit.Percent(s.Half))
	if !math.IsNaN(s.Share) {
		text += "; " + env.T("%s of the evidence around the lungs", kit.Percent(s.Share))
	}
	return []line{{text, secondLine}}
}

// explainFinding is probability, threshold, and how well the model does on the class.
func explainFinding(env *kit.Environment, st app.State, f inference.Finding) []line {
	var out []line
	probability := env.T("Probability %s, not calibrated; logit %s", env.Figure(f.Probability), env.Number(f.Logit))
	if f.Probability != f.Raw {
		probability = env.T(
			"Probability %s, before calibration %s; logit %s", env.Figure(f.Probability), env.Figure(f.Raw),
			env.Number(f.Logit),
		)
	}
	out = append(out, line{probability, plainLine})
	out = append(out, thresholdLines(env, st, f)...)
	return append(out, performance(env, st, f.Class))
}

func thresholdLines(env *kit.Environment, st app.State, f inference.Finding) []line {
	if f.NoValid != "" {
		return []line{{env.T("No threshold: %s", reread.Message(f.NoValid)), warningLine}}
	}
	threshold := env.T("Threshold %s", env.Figure(f.Threshold))
	if ci := f.ThresholdCI; ci != nil {
		threshold += fmt.Sprintf(" (95%% %s\u2013%s)", env.Figure(ci.Lo), env.Figure(ci.Hi))
	}
	out := []line{
		{threshold, plainLine},
		{
			env.T(
				"Margin %s of the way to certainty, %s absolute", env.SignedFigure(f.RelMargin),
				env.SignedFigure(f.AbsMargin),
			),
			plainLine,
		},
	}
	out = append(out, line{thresholdSource(env, st.Model), secondLine})
	if text := hashes(env, st.Model, f.Class); text != "" {
		out = append(out, line{text, secondLine})
	}
	return out
}

// hashDigits is how much of a hash is shown: enough to tell files apart.
const hashDigits = 8

// hashes say how the class's threshold was chosen and for which files.
func hashes(env *kit.Environment, m models.Model, class string) string {
	if m.Thresholds == nil || !m.Calibrated {
		return ""
	}
	var parts []string
	for _, c := range m.Thresholds.Classes {
		if c.Name == class && c.Policy != "" {
			parts = append(parts, c.Policy)
		}
	}
	for _, h := range []struct{ name, sum string }{
		{env.T("model"), m.Thresholds.ModelSHA256}, {env.T("data"), m.Thresholds.DataSHA256},
	} {
		if len(h.sum) > hashDigits {
			parts = append(parts, h.name+" "+h.sum[:hashDigits])
		}
	}
	return strings.Join(parts, ", ")
}

// thresholdSource says where the thresholds come from.
func thresholdSource(env *kit.Environment, m models.Model) string {
	if !m.Calibrated {
		return env.T("The threshold is .50 because this model is not calibrated.")
	}
	return env.T("Threshold from %s", m.Calibration)
}

// performance is how well the model does on a class, as far as that was measured on films
// of the kind that this one is.
func performance(env *kit.Environment, st app.State, class string) line {
	c := st.Model.Card
	m, ok := c.AUC[class]
	if p := st.Picture; ok && p != nil && !c.Knows(p.Image.Generated) {
		if p.Image.Generated {
			return line{env.T("Its held-out results are of real films and say nothing of a generated one."), secondLine}
		}
		return line{env.T("Its held-out results are of generated films and say nothing of a real one."), secondLine}
	}
	if !ok {
		return line{env.T("No held-out result is known for this class."), secondLine}
	}
	return line{env.T("Held-out AUC %s", kit.Measured(env, m)), secondLine}
}
