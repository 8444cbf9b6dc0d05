package archive

import (
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/archives"
	"hilum/app/radiograph"
	"hilum/ui/kit"
)

// queue is what is being fetched, a line each: how far it is, and a button that ends it.
type queue struct {
	env   *kit.Environment
	model Model
	lines []string
	box   *fyne.Container
}

func newQueue(env *kit.Environment, m Model) *queue {
	return &queue{env: env, model: m, box: container.New(&kit.Stacked{})}
}

// mostLines are shown; of more it is said how many there are.
const mostLines = 4

// show takes what is fetched now.
func (q *queue) show(list []archives.Retrieval) {
	var lines []string
	for _, r := range list {
		lines = append(lines, Line(q.env, r))
	}
	if slices.Equal(lines, q.lines) {
		return
	}
	q.lines = lines
	q.box.RemoveAll()
	for i, r := range list[:min(len(list), mostLines)] {
		text := widget.NewLabel(lines[i])
		text.Truncation = fyne.TextTruncateEllipsis
		if r.Failed() {
			text.Importance = widget.WarningImportance
		}
		id := r.ID
		end := widget.NewButtonWithIcon("", theme.CancelIcon(), func() { q.model.Cancel(id) })
		end.Importance = widget.LowImportance
		q.box.Add(container.NewBorder(nil, nil, nil, end, text))
	}
	if rest := len(list) - mostLines; rest > 0 {
		q.box.Add(container.NewBorder(nil, nil, nil, widget.NewButton(q.env.T("Stop all"), q.model.CancelAll),
			widget.NewLabel(q.env.Text(kit.Counted(rest, "%s more studies wait")))))
	}
	q.box.Refresh()
}

// Line says how far a retrieval is.
func Line(env *kit.Environment, r archives.Retrieval) string {
	whose := radiograph.PersonName(r.Study.PatientName)
	if whose == "" {
		whose = r.Study.UID
	}
	if day := radiograph.Date(r.Study.Date); day != "" {
		whose += "  " + day
	}
	switch {
	case r.Failed():
		return whose + ": " + env.Text(r.Failure)
	case !r.Running:
		return whose + ": " + env.T("waits its turn")
	case r.Total > 0:
		return whose + ": " + env.T("%d of %d images", r.Done, r.Total)
	}
	return whose + ": " + env.Text(kit.Counted(r.Done, "%s images"))
}

// Progress is what is fetched now in few words, for the line at the window's lower edge; "" for
// nothing.
func Progress(env *kit.Environment, a archives.Archive) string {
	under := a.Under()
	at := slices.IndexFunc(under, func(r archives.Retrieval) bool { return r.Running })
	if at < 0 {
		if len(under) > 0 {
			return env.T("Fetching\u2026")
		}
		return ""
	}
	text := env.T("Fetching\u2026")
	if r := under[at]; r.Total > 0 {
		text = env.T("Fetching %d of %d", r.Done, r.Total)
	}
	if more := len(under) - 1; more > 0 {
		text += fmt.Sprintf(" (+%d)", more)
	}
	return text
}
