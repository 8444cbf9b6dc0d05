package app

import (
	"hilum/app/annotation"
	"hilum/app/answers"
	"hilum/app/archives"
	"hilum/app/classmap"
	"hilum/app/findings"
	"hilum/app/foreign"
	"hilum/app/history"
	"hilum/app/inbox"
	"hilum/app/measure"
	"hilum/app/models"
	"hilum/app/notice"
	"hilum/app/readers"
	"hilum/app/remarks"
	"hilum/app/settings"
	"hilum/app/studies"
	"hilum/app/thumbnail"
	"hilum/app/tour"
	"hilum/app/viewport"
	"hilum/inference"
	"hilum/internal/store"
)

// The slices of the state, each owned by the feature that it is named after.

type (
	// StudiesState is what is open.
	StudiesState = studies.State
	// ViewportState is how the current picture is looked at.
	ViewportState = viewport.State
	// ComparisonState is what stands beside the current picture.
	ComparisonState = viewport.ComparisonState
	// FindingsState is the findings as listed.
	FindingsState = findings.State
	// MapState is the maps over the picture.
	MapState = classmap.State
	// MeasureState is what is drawn.
	MeasureState = measure.State
	// AnswersState is what the reader answered.
	AnswersState = answers.State
	// ReadersState is who reads, and whether blinded.
	ReadersState = readers.State
	// RemarksState is the key image and the conclusion.
	RemarksState = remarks.State
	// ForeignState is what other programs say of the film.
	ForeignState = foreign.State
	// HistoryState is what can be undone.
	HistoryState = history.State
	// ModelsState is engine and model.
	ModelsState = models.State
	// SettingsState is the choices.
	SettingsState = settings.State
	// TourState is the tour.
	TourState = tour.State
	// ThumbnailState is which small pictures are there.
	ThumbnailState = thumbnail.State
	// ArchivesState is what was searched for on servers, and what is fetched.
	ArchivesState = archives.State
	// InboxState is the folder that is followed.
	InboxState = inbox.State
	// NoticeState is the message.
	NoticeState = notice.State
)

// State is everything that a window shows, at one moment: what every feature owns of it.
// It is a value: the slices and pointers in it are never written to after it was handed
// out.
type State struct {
	StudiesState
	ViewportState
	ComparisonState
	FindingsState
	MapState
	MeasureState
	AnswersState
	ReadersState
	RemarksState
	ForeignState
	HistoryState
	ModelsState
	SettingsState
	TourState
	ThumbnailState
	ArchivesState
	InboxState
	NoticeState
}

// State returns what is to be shown now.
func (w *Workstation) State() (st State) {
	w.hub.Look(func(tx store.Tx) { st = w.stateIn(tx) })
	return st
}

func (w *Workstation) stateIn(tx store.Tx) State {
	st := State{
		*w.Studies.In(tx), *w.Viewport.In(tx), *w.Comparison.In(tx), *w.Findings.In(tx), *w.Maps.In(tx),
		*w.Measure.In(tx),
		*w.Answers.In(tx), *w.Readers.In(tx), *w.Remarks.In(tx), *w.Foreign.In(tx), *w.History.In(tx), *w.Models.In(tx),
		*w.Settings.In(tx), *w.Tour.In(tx), *w.Thumbnails.In(tx), *w.Archives.In(tx), *w.Inbox.In(tx), *w.Notices.In(tx),
	}
	st.mask()
	return st
}

// ClassMaps are the maps to draw for the current picture: those of the method
// asked for.
func (st *State) ClassMaps() []inference.Heatmap {
	if st.Map.Method != classmap.OwnMaps {
		if st.Method.Name == st.Map.Method {
			return st.Method.Maps
		}
		return nil
	}
	if st.Result == nil {
		return nil
	}
	return st.Result.Maps
}

// ChosenClass is the class that answers are about: the one chosen last, else the
// one whose map is chosen, else the first row; "" without rows.
func (st *State) ChosenClass() string {
	return answers.ChosenClass(st.Chosen, st.Map.Class, findings.Classes(st.Rows))
}

// KeyedClass is the class whose place in the order of names is i: its key stays whatever
// the order of the rows.
func (st *State) KeyedClass(i int) (class string, ok bool) {
	classes := findings.ByName(st.Model.Classes)
	if i < 0 || i >= len(classes) {
		return "", false
	}
	return classes[i], true
}

// RegionMarks are the regions that the reader has drawn for the chosen finding,
// as marks on the film.
func (st *State) RegionMarks() []annotation.Mark {
	if st.Picture == nil {
		return nil
	}
	return answers.RegionMarks(st.AnswersState.Answers[st.ChosenClass()], st.Picture.Image)
}
