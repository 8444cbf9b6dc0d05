package toolbar

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// The signs of the toolbar that the toolkit does not have, 24 by 24.
const (
	compareSign = `<path fill="#fff" d="M3 4h8v16H3z M5 6v12h4V6z M13 4h8v16h-8z M15 6v12h4V6z" fill-rule="evenodd"/>`
	signedSign  = `<path fill="#fff" d="M7 3h2v4h4v2H9v4H7V9H3V7h4z M13 17h8v2h-8z"/>`
)

// sign makes an icon that takes the colour of the words beside it.
func sign(name, shapes string) fyne.Resource {
	svg := `<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">` + shapes + `</svg>`
	return theme.NewThemedResource(fyne.NewStaticResource(name+".svg", []byte(svg)))
}
