// Command bare is the floor under the window's frame times: a window of the same
// toolkit with nothing in it but one raster, drawn anew for every mouse event. It
// takes the times of frames as the program does and prints them alike, so
// that window.py measures both by the same strokes.
//
//	bare WIDTH HEIGHT X Y W H    of the window, and of the raster in it, in pixels
package main

import (
	"fmt"
	"image"
	"os"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
	"github.com/go-gl/glfw/v3.4/glfw"
)

func main() {
	var n [6]float32
	if len(os.Args) != len(n)+1 {
		fmt.Fprintln(os.Stderr, "usage: bare WIDTH HEIGHT X Y W H")
		os.Exit(2)
	}
	for i := range n {
		v, err := strconv.Atoi(os.Args[i+1])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		n[i] = float32(v)
	}
	fyne.SetCurrentApp(app.NewWithID("org.hilum.bench"))
	win := fyne.CurrentApp().NewWindow("Hilum bare")
	p := newPicture(int(n[4]), int(n[5]))
	p.Move(fyne.NewPos(n[2], n[3]))
	p.Resize(fyne.NewSize(n[4], n[5]))
	win.SetPadded(false)
	win.SetContent(container.NewWithoutLayout(p))
	win.Resize(fyne.NewSize(n[0], n[1]))
	glfw.WindowHint(glfw.DepthBits, 0) // as the program's windows
	glfw.WindowHint(glfw.StencilBits, 0)
	win.ShowAndRun()
}

// picture is the raster; its pixels are ready, and one changes with each frame.
type picture struct {
	widget.BaseWidget
	raster         *canvas.Raster
	pixels         *image.RGBA
	shown          bool
	moved, waiting time.Time
}

func newPicture(w, h int) *picture {
	p := &picture{pixels: image.NewRGBA(image.Rect(0, 0, w, h))}
	for i := range p.pixels.Pix {
		p.pixels.Pix[i] = 255
	}
	p.raster = canvas.NewRaster(p.draw)
	p.raster.ScaleMode = canvas.ImageScalePixels
	p.ExtendBaseWidget(p)
	return p
}

func (p *picture) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(p.raster) }

// Dragged implements fyne.Draggable.
func (p *picture) Dragged(*fyne.DragEvent) { p.event() }

// DragEnd implements fyne.Draggable.
func (p *picture) DragEnd() {}

// Scrolled implements fyne.Scrollable.
func (p *picture) Scrolled(*fyne.ScrollEvent) { p.event() }

func (p *picture) event() {
	p.swapped()
	if p.moved.IsZero() {
		p.moved = time.Now()
	}
	p.raster.Refresh()
}

func (p *picture) draw(w, h int) image.Image {
	if w != p.pixels.Rect.Dx() || h != p.pixels.Rect.Dy() {
		return image.NewRGBA(image.Rect(0, 0, w, h))
	}
	p.pixels.Pix[0]++
	if !p.shown {
		p.shown = true
		fmt.Fprintln(os.Stderr, "first findings") // what window.py waits for
	}
	if !p.moved.IsZero() {
		p.waiting, p.moved = p.moved, time.Time{}
		fyne.Do(p.swapped)
	}
	return p.pixels
}

// swapped runs after the frame is on the screen: what is queued while it is
// drawn comes next.
func (p *picture) swapped() {
	if !p.waiting.IsZero() {
		fmt.Fprintf(os.Stderr, "frame %.2f ms\n", time.Since(p.waiting).Seconds()*1000)
		p.waiting = time.Time{}
	}
}
