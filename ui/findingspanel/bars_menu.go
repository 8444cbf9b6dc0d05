package findingspanel

import "fyne.io/fyne/v2"

// TappedSecondary implements fyne.SecondaryTappable: it chooses the row and offers what can be
// done with its finding.
func (b *Bars) TappedSecondary(e *fyne.PointEvent) {
	i := b.at(e.Position.Y)
	if i < 0 {
		return
	}
	b.choose(b.rows[i].Class)
	if b.env.Offer != nil {
		b.env.Offer(
			b, e.AbsolutePosition, "answer.agree", "answer.disagree", "answer.unsure", "answer.withdraw", "",
			"answer.region",
			"answer.unbox", NoteCommand, "", "map.toggle", "map.contours", "list.finding",
		)
	}
}
