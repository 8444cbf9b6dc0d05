package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"hilum/app/settings"
	"hilum/ui/findingspanel"
	"hilum/ui/kit"
	"hilum/ui/studylist"
)

// Widths of the parts of the window, in units: what a panel keeps when it is made
// narrower, and what the picture keeps before a panel goes.
const (
	leastStudies  = 200
	leastFindings = findingspanel.Width
	leastPicture  = 270
	// mostOfWindow is the share of the window that one panel can be made as wide as.
	mostOfWindow = 0.6
)

// panelName names a panel beside the picture.
type panelName string

// The panels.
const (
	noPanel       panelName = ""
	studiesPanel  panelName = "studies"
	findingsPanel panelName = "findings"
)

// sidePanel is a panel beside the picture.
type sidePanel struct {
	object  fyne.CanvasObject
	divider *kit.Divider
	least   float32
	width   float32 // as wanted
	hidden  bool    // as the reader chose
	shown   bool    // as there is room for it
}

// workspace lays the picture out between the studies and the findings. Where the window is
// too narrow for both, the panels give way until the picture has its room: first their
// width, then the studies, then the findings; the one that the reader asks for comes
// back all the same. In a window that is higher than wide the findings stand below the
// picture. It implements fyne.Layout.
type workspace struct {
	studies, findings *sidePanel
	left, right       *sidePanel // the same two by their side
	picture           fyne.CanvasObject
	box               *fyne.Container
	over              *kit.Divider // the findings below the picture
	height            float32      // of the findings below the picture, as wanted; 0 is findingsShare
	imageOnly         bool         // both panels are gone for a while
	asked             panelName    // shown though there is no room for it
	resized           func(width float32)
	alone             func(on bool)
	prefer            func(func(*settings.Preferences))
}

// workspaceParts are what a workspace is made of.
type workspaceParts struct {
	studies, findings, picture fyne.CanvasObject
	findingsLeft               bool
	prefer                     func(func(*settings.Preferences)) // keeps a choice
	resized                    func(width float32)               // told of every new width
	alone                      func(on bool)                     // told when imageOnly changes
}

func newWorkspace(env *kit.Environment, p workspaceParts) *workspace {
	w := &workspace{
		studies: &sidePanel{object: container.NewStack(p.studies), divider: kit.NewDivider(env), least: leastStudies},
		findings: &sidePanel{object: container.NewStack(p.findings), divider: kit.NewDivider(env),
			least: leastFindings},
		picture: p.picture, resized: p.resized, alone: p.alone, prefer: p.prefer,
	}
	w.left, w.right = w.studies, w.findings
	if p.findingsLeft {
		w.left, w.right = w.right, w.left
	}
	w.over = kit.NewDivider(env)
	w.over.Lying = true
	w.box = container.New(w, p.picture, w.studies.object, w.findings.object, w.studies.divider, w.findings.divider, w.over)
	w.drive(w.studies, func(width float64) {
		p.prefer(func(q *settings.Preferences) { q.StudiesWidth = width })
	})
	w.drive(w.findings, func(width float64) {
		p.prefer(func(q *settings.Preferences) { q.FindingsWidth = width })
	})
	w.driveHeight(func(height float64) {
		p.prefer(func(q *settings.Preferences) { q.FindingsHeight = height })
	})
	return w
}

// drive has a panel's divider change its width and keep it.
func (w *workspace) drive(s *sidePanel, keep func(width float64)) {
	s.divider.OnMove = func(dx float32) {
		if s == w.right {
			dx = -dx
		}
		size := w.box.Size()
		s.width = min(max(s.object.Size().Width+dx, s.least), max(size.Width*mostOfWindow, s.least))
		w.Layout(nil, size)
	}
	s.divider.OnDone = func() { keep(float64(s.width)) }
	s.divider.OnUsual = func() { keep(0) }
}

// driveHeight has the divider over the findings below the picture change their height and
// keep it.
func (w *workspace) driveHeight(keep func(height float64)) {
	w.over.OnMove = func(dy float32) {
		size := w.box.Size()
		w.height = min(max(w.findings.object.Size().Height-dy, lowestPanel), max(size.Height*mostOfWindow, lowestPanel))
		w.Layout(nil, size)
	}
	w.over.OnDone = func() { keep(float64(w.height)) }
	w.over.OnUsual = func() { keep(0) }
}

// follow takes the reader's choices, and tells whether they change anything.
func (w *workspace) follow(p settings.Preferences) bool {
	was, height := [2]sidePanel{*w.studies, *w.findings}, w.height
	w.height = float32(p.FindingsHeight)
	w.studies.hidden, w.findings.hidden = p.HideStudies, p.HideFindings
	w.studies.width = usualOr(p.StudiesWidth, studylist.Width)
	w.findings.width = usualOr(p.FindingsWidth, findingspanel.Width)
	if height == w.height && was == [2]sidePanel{*w.studies, *w.findings} {
		return false
	}
	w.again()
	return true
}

func usualOr(chosen float64, usual float32) float32 {
	if chosen > 0 {
		return float32(chosen)
	}
	return usual
}

// again lays everything out anew.
func (w *workspace) again() {
	w.Layout(nil, w.box.Size())
	w.box.Refresh()
}

// toggleImageOnly leaves the picture alone between menu and status line, or brings back
// what was beside it.
func (w *workspace) toggleImageOnly() { w.setImageOnly(!w.imageOnly) }

// setImageOnly takes both panels away, or brings back those that were there.
func (w *workspace) setImageOnly(on bool) {
	if on == w.imageOnly {
		return
	}
	w.imageOnly = on
	w.again()
	w.alone(on)
}

// panel is the panel of a name.
func (w *workspace) panel(name panelName) *sidePanel {
	if name == studiesPanel {
		return w.studies
	}
	return w.findings
}

// toggle shows a panel that is not in sight, whatever room there is, or hides it, and keeps
// that. When only the film is shown it brings everything back first.
func (w *workspace) toggle(name panelName) {
	s, came := w.panel(name), w.imageOnly
	w.setImageOnly(false)
	if came && s.shown {
		return
	}
	w.asked = noPanel
	if s.hidden = s.shown; !s.hidden {
		w.asked = name
	}
	w.again()
	w.prefer(func(p *settings.Preferences) { p.HideStudies, p.HideFindings = w.studies.hidden, w.findings.hidden })
}

// MinSize implements fyne.Layout.
func (w *workspace) MinSize([]fyne.CanvasObject) fyne.Size { return w.picture.MinSize() }

// Layout implements fyne.Layout.
func (w *workspace) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	if size.Width <= 0 {
		return // not in a window yet
	}
	if portrait(size) {
		w.layOutPortrait(size)
		return
	}
	kit.SetVisible(w.over, false)
	studies, findings := w.widths(size.Width)
	w.show(studies > 0, findings > 0)
	left, right := studies, findings
	if w.left == w.findings {
		left, right = right, left
	}
	kit.Put(w.picture, left, 0, max(size.Width-left-right, 0), size.Height)
	kit.Put(w.left.object, 0, 0, left, size.Height)
	kit.Put(w.left.divider, left-kit.DividerWidth/2, 0, kit.DividerWidth, size.Height)
	kit.Put(w.right.object, size.Width-right, 0, right, size.Height)
	kit.Put(w.right.divider, size.Width-right-kit.DividerWidth/2, 0, kit.DividerWidth, size.Height)
	w.resized(size.Width)
}

// show shows and hides the panels with their dividers.
func (w *workspace) show(studies, findings bool) {
	w.studies.shown, w.findings.shown = studies, findings
	for _, s := range []*sidePanel{w.studies, w.findings} {
		kit.SetVisible(s.object, s.shown)
		kit.SetVisible(s.divider, s.shown)
	}
}

// Of a window that is higher than wide: from which height over width on the findings stand
// below the picture, which share of the height they take, and what they take at least.
const (
	portraitFrom  = 1.25
	findingsShare = 0.42
	lowestPanel   = 300
)

func portrait(size fyne.Size) bool { return size.Height >= portraitFrom*size.Width }

// layOutPortrait has the findings below the picture, over the width that the studies leave.
func (w *workspace) layOutPortrait(size fyne.Size) {
	studies, findings, least := float32(0), float32(0), float32(leastPicture)
	if !w.imageOnly && !w.findings.hidden {
		findings = w.height
		if findings == 0 {
			findings = size.Height * findingsShare
		}
		findings = min(max(min(findings, size.Height*mostOfWindow), lowestPanel), size.Height)
		least = max(least, leastFindings)
	}
	if room := size.Width - least; !w.imageOnly && !w.studies.hidden && room >= leastStudies {
		studies = min(w.studies.width, room)
	}
	w.show(studies > 0, findings > 0)
	kit.SetVisible(w.findings.divider, false) // it changes a width
	kit.SetVisible(w.over, findings > 0)
	list, edge, left := float32(0), studies, studies // of the list, its divider and the picture, from the left
	if w.right == w.studies {
		list, edge, left = size.Width-studies, size.Width-studies, 0
	}
	kit.Put(w.studies.object, list, 0, studies, size.Height)
	kit.Put(w.studies.divider, edge-kit.DividerWidth/2, 0, kit.DividerWidth, size.Height)
	kit.Put(w.picture, left, 0, size.Width-studies, size.Height-findings)
	kit.Put(w.findings.object, left, size.Height-findings, size.Width-studies, findings)
	kit.Put(w.over, left, size.Height-findings-kit.DividerWidth/2, size.Width-studies, kit.DividerWidth)
	w.resized(size.Width)
}

// widths are those of the panels in a window of some width; 0 for one that is not there.
func (w *workspace) widths(room float32) (studies, findings float32) {
	if w.imageOnly {
		return 0, 0
	}
	if !w.studies.hidden {
		studies = w.studies.width
	}
	if !w.findings.hidden {
		findings = w.findings.width
	}
	first, second := &studies, &findings // to go
	if w.asked == studiesPanel {
		first, second = second, first
	}
	fits := func() bool { return min(studies, leastStudies)+min(findings, leastFindings)+leastPicture <= room }
	if !fits() {
		*first = 0
	}
	if !fits() && w.asked == noPanel {
		*second = 0
	}
	if over := studies + findings + leastPicture - room; over > 0 { // narrower, each to what it needs
		give := min(over, max(studies-leastStudies, 0))
		studies -= give
		findings -= min(over-give, max(findings-leastFindings, 0))
	}
	return min(studies, room), min(findings, room)
}
