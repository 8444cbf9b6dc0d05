package wizard

import (
	"fyne.io/fyne/v2"

	"hilum/app/runs"
	"hilum/inference"
	"hilum/ui/site"
)

// beside is a page beside the steps.
type beside struct{ p site.Page }

func (b beside) object() fyne.CanvasObject          { return b.p.Object() }
func (b beside) present(st runs.State, r *runs.Run) { b.p.Present(st, r) }
func (b beside) enter(r *runs.Run)                  { b.p.Enter(r) }

// host is what the wizard does for these pages.
func (w *Wizard) host() site.Host {
	return site.Host{Env: w.env, Session: w.o.Session, Runs: w.o.Runs, Say: w.say, Fail: w.fail, Ask: w.ask,
		Background: w.background,
		Do: func(f func()) {
			w.o.Do(func() {
				if !w.updates.Closed.Load() {
					f()
				}
			})
		}}
}

// besideWords explain such a page.
func (w *Wizard) besideWords() string {
	var text string
	switch w.at {
	case stepDossier:
		text = w.env.T("What a site files when it accepts a model: pages with every figure, and the scores from which anybody can compute them again.")
	case stepAudit:
		text = w.env.T("Films whose label the scores contradict most. A reader decides; the scores never do.")
	case stepMonitor:
		text = w.env.T("Whether the model still does what it did: month by month against the first three months.")
	default:
		text = w.env.T("Which model read films here, when, and with which thresholds.")
	}
	return text + " " + w.env.T(inference.NotForDiagnosis)
}
