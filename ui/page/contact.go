package page

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
)

// ShowContact opens the page of all maps.
func (p *Pages) ShowContact(sheet image.Image) {
	if p.contact == nil {
		p.contact = p.window(p.env.T("All maps"), func() { p.contact = nil })
	}
	picture := canvas.NewImageFromImage(sheet)
	picture.FillMode, picture.ScaleMode = canvas.ImageFillContain, canvas.ImageScaleFastest
	p.contact.SetContent(container.NewStack(picture))
	p.show(p.contact, fyne.NewSize(1500, 940))
}
