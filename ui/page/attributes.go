package page

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hilum/dicomio/inspect"
	"hilum/ui/kit"
)

// ShowAttributes opens the page of a file's attributes.
func (p *Pages) ShowAttributes(file string, list []inspect.Attribute) {
	if p.attributes == nil {
		p.attributes = p.window(p.env.T("Attributes"), func() { p.attributes = nil })
	}
	page, search := attributesPage(p.env, file, list)
	p.attributes.SetContent(page)
	p.show(p.attributes, fyne.NewSize(900, 760))
	p.attributes.Canvas().Focus(search)
}

// attributesPage lists attributes under a field that narrows the list.
func attributesPage(env *kit.Environment, file string, list []inspect.Attribute) (fyne.CanvasObject, *kit.Box) {
	shown := list
	count := widget.NewLabel("")
	rows := widget.NewList(
		func() int { return len(shown) },
		func() fyne.CanvasObject {
			l := widget.NewLabel("")
			l.TextStyle.Monospace = true
			l.Truncation = fyne.TextTruncateEllipsis
			return l
		},
		func(i widget.ListItemID, o fyne.CanvasObject) { o.(*widget.Label).SetText(attributeText(shown[i])) },
	)
	rows.HideSeparators = true
	search := kit.NewBox(env)
	search.SetPlaceHolder(env.T("Search in tags, names and values"))
	narrow := func(text string) {
		shown = matching(list, text)
		count.SetText(env.T("%d of %s", len(shown), kit.Counted(len(list), "%s attributes")))
		rows.Refresh()
	}
	search.OnChanged = narrow
	narrow("")
	if len(list) == 0 {
		return container.NewPadded(kit.ProseData(env.T("%s is no DICOM file and has no attributes.", file))), search
	}
	head := container.NewVBox(kit.StrongData(file), container.NewBorder(nil, nil, nil, count, search))
	return container.NewPadded(container.NewBorder(head, nil, nil, nil, rows)), search
}

// attributeText is one line: tag, value representation, name, value; the
// elements of a sequence's items stand further in.
func attributeText(a inspect.Attribute) string {
	name := a.Name
	if name == "" {
		name = "private"
	}
	return fmt.Sprintf("%s%s %-2s %-34s %s", strings.Repeat("  ", a.Depth), a.Tag, a.VR, name, a.Value)
}

// matching gives the attributes that hold a text, whatever its case.
func matching(list []inspect.Attribute, text string) []inspect.Attribute {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return list
	}
	var out []inspect.Attribute
	for _, a := range list {
		if strings.Contains(strings.ToLower(a.Tag+" "+a.Keyword+" "+a.Name+" "+a.Value), text) {
			out = append(out, a)
		}
	}
	return out
}
