package findingspanel

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"hilum/app"
	"hilum/app/classmap"
	"hilum/app/findings"
	"hilum/app/records"
	"hilum/internal/message"
	"hilum/ui/kit"
)

// slot is a room of fixed height, whatever stands in it: what comes and goes moves
// nothing.
type slot struct{ height float32 }

func inSlot(height float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(slot{height}, o)
}

// MinSize implements fyne.Layout.
func (l slot) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(o[0].MinSize().Width, l.height)
}

// Layout implements fyne.Layout.
func (l slot) Layout(o []fyne.CanvasObject, s fyne.Size) { kit.Put(o[0], 0, 0, s.Width, s.Height) }

// confirmation says in place what was answered last, and takes it back.
type confirmation struct {
	box  *fyne.Container
	text *canvas.Text
	undo *kit.Button
	env  *kit.Environment
}

const confirmationHeight = 26

func newConfirmation(k *kit.Environment, undo func()) *confirmation {
	c := &confirmation{env: k, text: canvas.NewText("", k.Colours.Second), undo: kit.NewCompactButton(k, "Undo", nil, undo)}
	c.text.TextSize = kit.TextSize
	row := container.NewBorder(nil, nil, container.NewPadded(c.text), c.undo)
	c.box = inSlot(confirmationHeight, row)
	c.undo.Hide()
	return c
}

// Present takes a state of the session.
func (c *confirmation) Present(st app.State) {
	words := recorded(c.env, st)
	if c.text.Text == words {
		return
	}
	c.text.Text = words
	c.undo.Hidden = words == ""
	c.box.Refresh()
	c.text.Refresh()
}

// recorded is the last answer to the current picture in words, once it is kept.
func recorded(env *kit.Environment, st app.State) string {
	last := st.Last
	if last == nil || st.Answers[last.Class].Verdict != last.After.Verdict {
		return ""
	}
	name := message.Data(env.ClassName(last.Class))
	switch last.After.Verdict {
	case records.Agree:
		return env.T("Recorded: agree with %s", name)
	case records.Disagree:
		return env.T("Recorded: disagree with %s", name)
	case records.Present:
		return env.T("Recorded: %s is present", name)
	case records.Absent:
		return env.T("Recorded: %s is absent", name)
	case records.Unsure:
		return env.T("Recorded: unsure about %s", name)
	}
	return env.T("Taken back: the answer to %s", name)
}

// chosenTitle names the one finding that is explained below and that answers go to, with
// how likely it is.
func chosenTitle(env *kit.Environment, st app.State, class string) string {
	row, ok := findRow(st.Rows, class)
	switch {
	case !ok:
		return ""
	case !row.Scored:
		return env.ClassName(row.Class)
	case !shown(st):
		return env.ClassName(row.Class) + ": " + env.T("withheld")
	}
	how, _ := findings.InWords(st.Result, row.Finding)
	return env.ClassName(row.Class) + ": " + withinSentence(env.Text(how))
}

// withinSentence begins a text small, as it stands behind a colon.
func withinSentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(first)) + s[size:]
}

// shown tells whether rows stand for findings: not while they are withheld.
func shown(st app.State) bool { return !st.Held() }

// keysOf are the keys of the classes as their rows show them: a digit, with an arrow
// before it for Shift.
func keysOf(st app.State, rows []findings.Row) map[string]string {
	out := map[string]string{}
	for i := range rows {
		if class, ok := st.KeyedClass(i); ok {
			out[class] = strings.Replace(classmap.ClassKey(i), "Shift+", "\u2191", 1)
		}
	}
	return out
}
