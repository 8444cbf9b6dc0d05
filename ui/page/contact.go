package page

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"hilum/ui/kit"
)

// ShowContact opens the page of all maps of a film; whose says whose it is and when it was
// taken.
func (p *Pages) ShowContact(sheet image.Image, whose string) {
	if p.contact == nil {
		p.contact = p.window(p.env.T("All maps"), func() { p.contact = nil })
	}
	picture := canvas.NewImageFromImage(sheet)
	picture.FillMode, picture.ScaleMode = canvas.ImageFillContain, canvas.ImageScaleFastest
	line := canvas.NewText(whose, p.env.Colours.Text)
	line.TextSize, line.Alignment = kit.TextSize, fyne.TextAlignCenter
	p.contact.SetContent(container.NewBorder(line, nil, nil, nil, picture))
	p.show(p.contact, fyne.NewSize(1500, 940))
}
