package bias

import (
	"fmt"

	"hilum/app/lab/edit"
	"hilum/inference"
	"hilum/internal/phantom"
)

// String says how many of how many, with the share and its interval.
func (s Share) String() string {
	if s.N == 0 {
		return "none of none"
	}
	return fmt.Sprintf("%d of %d (%.0f %%, %.0f to %.0f)", s.K, s.N, 100*float64(s.K)/float64(s.N), 100*s.Lo, 100*s.Hi)
}

// names are how sentences call what the experiment is about.
func (r *ExperimentReport) names() (n struct{ class, confounder string }) {
	c, _ := phantom.ParseConfounder(r.Confounder) // checked before the run
	n.class = inference.ClassName(string(c.Class))
	n.confounder = map[phantom.ConfounderKind]string{
		phantom.TextTag: "the text marker", phantom.ChestDrain: "the chest drain", phantom.HospitalLook: "the other hospital's look",
	}[c.Kind]
	return n
}

// Sentences tell the report to people.
func (r *ExperimentReport) Sentences() []string {
	c := r.names()
	return []string{
		fmt.Sprintf("Trained on %d films on which %s is tied to %s. The mean AUROC on the biased films kept for validation: %s.", r.Films, c.confounder, c.class, edit.Figure(float64(r.Validation))),
		fmt.Sprintf("AUROC of %s on test films biased in the same way: %s; on the same patients with %s at random: %s. It falls by %s.", c.class, span95(r.Biased), c.confounder, span95(r.Unbiased), span95(r.Fall)),
		fmt.Sprintf("%s, to which nothing is tied: %s and %s.", inference.ClassName(r.Other), span95(r.OtherBiased), span95(r.OtherUnbiased)),
		fmt.Sprintf("Where both are on the film, the strongest cell of the map of %s touches the box of the finding on %s, that of %s on %s; it is nearer to the latter on %s.", c.class, r.OnLesion, c.confounder, r.OnConfounder, r.Nearer),
		fmt.Sprintf("Erasing %s changes the probability of %s by %s on average; erasing as much at random places by %s. The same patient's film without it: %s.", c.confounder, c.class, signed95(r.Erased), signed95(r.Control), signed95(r.Without)),
	}
}

func span95(m inference.Measured) string {
	lo, hi, ok := m.Interval()
	if !ok {
		return edit.Figure(m.Value)
	}
	return fmt.Sprintf("%s (%s to %s)", edit.Figure(m.Value), edit.Figure(lo), edit.Figure(hi))
}

func signed95(m *inference.Measured) string {
	if m == nil {
		return "nothing that could be measured"
	}
	lo, hi, ok := m.Interval()
	if !ok {
		return edit.Signed(m.Value)
	}
	return fmt.Sprintf("%s (%s to %s)", edit.Signed(m.Value), edit.Signed(lo), edit.Signed(hi))
}
