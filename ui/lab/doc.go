// Package lab is the window of the confounder lab: the film before and after its
// edits, side by side and linked, the bars of all classes against their former
// place with the control behind them, a strip of maps, and lessons. Its core type
// is [Window], which draws the state of an app/lab Bench and keeps nothing of its
// own but tool, clipboard and zoom. It imports app, app/lab, ui/kit, internal/raster,
// inference, dicomio and Fyne.
package lab
