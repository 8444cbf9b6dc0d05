package measure

import (
	"slices"
	"strconv"

	"hilum/app/annotation"
	"hilum/app/command"
	"hilum/app/radiograph"
	"hilum/internal/store"
)

// State is what a window shows of it.
type State struct{ Measure Drawing }

// Reading is what drawing asks of the rest of the program. All but Fail are called within
// a transaction.
type Reading interface {
	// Current is the study that is selected, by its ID; false for none.
	Current(store.Tx) (id int, ok bool)
	// Picture is the current one; nil for none.
	Picture(store.Tx) *radiograph.Picture
	// Beside are the pictures beside the current one that are decoded.
	Beside(store.Tx) []Pane
	// Drawn is told of each change that the reader made to what is drawn on a study.
	Drawn(tx store.Tx, id int, before, after annotation.Sheet)
	// Rebased is told that what was drawn on a study stands on an earlier sheet now.
	Rebased(tx store.Tx, id int, on annotation.Sheet)
	// Reader is the key of who draws; alone tells whether only their own marks are to be seen.
	Reader(store.Tx) (key string, alone bool)
	// Region takes a box that was drawn around the chosen finding.
	Region(tx store.Tx, m annotation.Mark)
	// FailIn shows an error to the reader.
	FailIn(tx store.Tx, err error)
	// Fail is FailIn outside of a transaction.
	Fail(err error)
}

// Pane is a picture beside the current one.
type Pane struct {
	StudyID int
	Picture *radiograph.Picture
}

// Marker draws on the pictures in sight, and keeps what is drawn on every open study.
type Marker struct {
	hub     *store.Hub
	state   *store.Value[State]
	reading Reading
	store   Store         // nil keeps nothing
	sheets  map[int]*kept // by study
	hand    hand
	shown   int // the study whose marks were shown last
}

// kept is what is drawn on a study.
type kept struct {
	sheet  annotation.Sheet
	writer writer
	asked  bool // for what was drawn before, where it is shown beside another
}

// hand is what the hand is doing.
type hand struct {
	fixed  int              // points of the draft that have been set
	down   annotation.Point // where the button was pressed
	moving *moving          // a mark that is being dragged
}

// moving is a mark on its way.
type moving struct {
	mark   annotation.Mark // as it was
	handle int             // the point that moves, -1 for all of them, onLabel for the words alone
	from   annotation.Point
}

// onLabel is a handle, see moving.
const onLabel = -2

// New has nothing drawn. s keeps what is drawn; nil keeps it only while the program runs.
func New(h *store.Hub, r Reading, s Store) *Marker {
	return &Marker{hub: h, state: store.NewValue(h, State{}), reading: r, store: s, sheets: map[int]*kept{}}
}

// In is the state within a transaction.
func (k *Marker) In(tx store.Tx) *State { return k.state.In(tx) }

// drawing is what is drawn on the current picture, within a transaction.
func (k *Marker) drawing(tx store.Tx) *Drawing { return &k.state.In(tx).Measure }

// change changes what is drawn as one transaction.
func (k *Marker) change(f func(tx store.Tx, d *Drawing)) {
	k.hub.Change(func(tx store.Tx) { f(tx, k.drawing(tx)) })
}

// current is what is drawn on the current study; nil without one.
func (k *Marker) current(tx store.Tx) *kept {
	id, ok := k.reading.Current(tx)
	if !ok {
		return nil
	}
	return k.of(id)
}

// of is what is drawn on a study that is open.
func (k *Marker) of(id int) *kept {
	if k.sheets[id] == nil {
		k.sheets[id] = &kept{}
	}
	return k.sheets[id]
}

// Forget drops what is drawn on a study that was closed; it is on the disk.
func (k *Marker) Forget(_ store.Tx, id int) { delete(k.sheets, id) }

// SetTool chooses a tool; an unfinished mark is dropped.
func (k *Marker) SetTool(t Tool) {
	k.change(func(tx store.Tx, d *Drawing) {
		if t != NoTool && t != Calibrate && t != RegionTool &&
			!slices.Contains(annotation.Kinds(), annotation.Kind(t)) {
			return
		}
		k.Drop(tx)
		d.Tool = t
		d.Selected, d.Hidden = "", d.Hidden && t == NoTool
		k.Prompt(tx)
	})
}

// ToggleHidden hides the marks, with nothing chosen and no tool in hand, or shows them.
func (k *Marker) ToggleHidden() {
	k.change(func(tx store.Tx, d *Drawing) {
		if d.Hidden = !d.Hidden; d.Hidden {
			k.Drop(tx)
			d.Tool, d.Selected = NoTool, ""
			k.Prompt(tx)
		}
	})
}

// Drop forgets an unfinished mark, and a move of one that was not let go of.
func (k *Marker) Drop(tx store.Tx) {
	d := k.drawing(tx)
	d.Draft, d.Asking = nil, AskNothing
	k.hand = hand{}
	k.lay(tx)
}

// Prompt says what the next click does.
func (k *Marker) Prompt(tx store.Tx) {
	d := k.drawing(tx)
	d.Prompt = ""
	switch {
	case k.reading.Picture(tx) == nil || d.Tool == NoTool:
	case d.Tool == Calibrate:
		d.Prompt = [2]string{"Click on one end of a length that you know.",
			"Click on the other end."}[min(k.hand.fixed, 1)]
	case d.Tool == RegionTool:
		d.Prompt = [2]string{"Click on one corner of the region where the finding is.",
			"Click on the opposite corner."}[min(k.hand.fixed, 1)]
	default:
		d.Prompt = d.Tool.kind().Prompt(k.hand.fixed)
	}
}

// putDown lets go of draft and tool.
func (k *Marker) putDown(tx store.Tx) {
	k.Drop(tx)
	d := k.drawing(tx)
	d.Tool, d.Prompt = NoTool, ""
}

// LetGo is what Escape does while drawing; false when there is nothing to let go of.
func (k *Marker) LetGo(tx store.Tx) bool {
	switch d := k.drawing(tx); {
	case d.Draft != nil:
		k.Drop(tx)
		k.Prompt(tx)
	case d.Tool != NoTool:
		k.putDown(tx)
	case d.Selected != "":
		d.Selected = ""
	default:
		return false
	}
	return true
}

// newMarkID is one that no mark of the picture has had: the time it was made,
// and a count where two were made in one tick.
func newMarkID(sheet annotation.Sheet, m annotation.Mark) string {
	id := strconv.FormatInt(m.Made.UnixNano(), 36)
	for n := 2; ; n++ {
		if _, taken := sheet.Mark(id); !taken {
			return id
		}
		id = strconv.FormatInt(m.Made.UnixNano(), 36) + "-" + strconv.Itoa(n)
	}
}

// SelectMark shows the handles of a mark, "" of none.
func (k *Marker) SelectMark(id string) {
	k.change(func(_ store.Tx, d *Drawing) {
		if _, ok := d.inHand().Mark(id); ok || id == "" {
			d.Selected = id
		}
	})
}

// DeleteMark takes the chosen mark away.
func (k *Marker) DeleteMark() {
	k.change(func(tx store.Tx, d *Drawing) {
		if d.Selected != "" {
			k.keep(tx, d.inHand().Without(d.Selected))
			d.Selected = ""
		}
	})
}

// ClearMarks takes all marks of the picture away.
func (k *Marker) ClearMarks() {
	k.change(func(tx store.Tx, d *Drawing) {
		sheet := d.inHand()
		sheet.Marks = slices.DeleteFunc(slices.Clone(sheet.Marks), d.InSight)
		d.Selected = ""
		k.keep(tx, sheet)
	})
}

// Uncalibrate goes back to the millimetres of the file.
func (k *Marker) Uncalibrate() {
	k.change(func(tx store.Tx, d *Drawing) {
		sheet := d.inHand()
		sheet.Calibration = nil
		k.keep(tx, sheet)
	})
}

// keep makes a sheet the current one, on the screen and on the disk.
func (k *Marker) keep(tx store.Tx, sheet annotation.Sheet) {
	if k.current(tx) == nil {
		return
	}
	id := k.drawing(tx).On
	now := k.of(id)
	if !annotation.Changes(now.sheet, sheet).Nothing() {
		k.reading.Drawn(tx, id, now.sheet, sheet)
		now.sheet = sheet
	}
	k.Show(tx)
	k.save(tx, id)
}

// Restore makes what led from one sheet of a study to another. Where something else was drawn
// there meanwhile, that stays.
func (k *Marker) Restore(tx store.Tx, id int, from, to annotation.Sheet) {
	if now := k.sheets[id]; now != nil {
		now.sheet = now.sheet.Changed(from, to)
		k.Show(tx)
		k.save(tx, id)
	}
}

// Show brings the state in line with what is drawn on the current study.
func (k *Marker) Show(tx store.Tx) {
	d, now, p := k.drawing(tx), k.current(tx), k.reading.Picture(tx)
	if now == nil || p == nil {
		*d = Drawing{Tool: d.Tool}
		return
	}
	if id, _ := k.reading.Current(tx); id != k.shown {
		k.shown, d.Hidden = id, false
	}
	k.lay(tx)
	if m, ok := d.inHand().Mark(d.Selected); !ok || !d.InSight(m) {
		d.Selected = ""
	}
	k.Prompt(tx)
}

// lay puts what is drawn on the pictures in sight into the state, as it is kept. What was drawn
// on one beside the current one in earlier times is asked for.
func (k *Marker) lay(tx store.Tx) {
	d, p := k.drawing(tx), k.reading.Picture(tx)
	id, ok := k.reading.Current(tx)
	if !ok || p == nil {
		return
	}
	d.Drawn, d.Beside = k.drawnOn(id, p), nil
	d.Only = ""
	if reader, alone := k.reading.Reader(tx); alone {
		d.Only = reader
	}
	for _, b := range k.reading.Beside(tx) {
		if now := k.of(b.StudyID); !now.asked {
			now.asked = true
			k.hub.GoIn(tx, "reading annotations", func() { k.Load(b.StudyID, b.Picture) })
		}
		d.Beside = append(d.Beside, k.drawnOn(b.StudyID, b.Picture))
	}
	if d.Of(d.On).StudyID != d.On {
		d.On = id
	}
}

// drawnOn is what is drawn on the picture of a study.
func (k *Marker) drawnOn(id int, p *radiograph.Picture) Drawn {
	sheet := k.of(id).sheet
	return Drawn{StudyID: id, Sheet: sheet, Scale: SheetScale(p.Image, sheet)}
}

// Commands are those of measuring.
func (k *Marker) Commands() []command.Command {
	now := func() Drawing { return k.state.Get().Measure }
	picture := func() (ok bool) {
		k.hub.Look(func(tx store.Tx) { ok = k.reading.Picture(tx) != nil })
		return ok
	}
	var list []command.Command
	for _, t := range []struct {
		kind       annotation.Kind
		title, key string
	}{
		{annotation.Length, "Length", "L"}, {annotation.Angle, "Angle", "G"},
		{annotation.Cobb, "Cobb angle", "Shift+G"},
		{annotation.CTR, "Cardiothoracic ratio", "T"}, {annotation.Rectangle, "Rectangle", "Shift+R"},
		{annotation.Ellipse, "Ellipse", "Shift+E"},
		{annotation.Polygon, "Region with corners", "Shift+P"}, {annotation.Arrow, "Arrow", "Shift+A"},
		{annotation.Text, "Text", "Shift+T"},
	} {
		list = append(list, command.Command{ID: "measure." + string(t.kind), Title: t.title, Shortcut: t.key,
			Do: func() { k.SetTool(Tool(t.kind)) }, Enabled: picture})
	}
	list = append(list, []command.Command{
		{ID: "measure.calibrate", Title: "Calibrate on a known length", Shortcut: "Shift+L",
			Do:      func() { k.SetTool(Calibrate) },
			Enabled: picture},
		{ID: "measure.uncalibrate", Title: "Back to the millimetres of the file", Shortcut: "Shift+K",
			Do:      k.Uncalibrate,
			Enabled: func() bool { return now().inHand().Calibration != nil }},
		{ID: "measure.hide", Title: "Hide the marks, or show them", Shortcut: "Shift+H", Do: k.ToggleHidden,
			Enabled: func() bool { return now().Hidden || picture() }},
		{ID: "measure.close", Title: "Close the region", Shortcut: "Enter", Do: k.FinishDraft,
			Enabled: func() bool { return now().Draft != nil }},
		{ID: "measure.delete", Title: "Delete the chosen mark", Shortcut: "Delete", Do: k.DeleteMark,
			Enabled: func() bool { return now().Selected != "" }},
		{ID: "measure.clear", Title: "Delete all marks", Shortcut: "Ctrl+Delete", Do: k.ClearMarks,
			Enabled: func() bool { d := now(); return slices.ContainsFunc(d.inHand().Marks, d.InSight) }},
	}...)
	for i := range list {
		list[i].Menu = "Measure"
	}
	return list
}
