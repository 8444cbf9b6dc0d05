package wizard

import (
	"fmt"
	"os"

	"hilum/app/runs"
	"hilum/app/runs/columns"
	"hilum/training/table"
)

// look reads the table of the open run in the background, where it is another one than is shown or
// is read another way.
func (p *dataPage) look(r *runs.Run) {
	of := ""
	if r != nil {
		of = fmt.Sprint(r.Dir, "\n", r.Settings.Data, "\n", r.Columns) // maps are printed in the order of their keys
	}
	if of == p.read {
		return
	}
	p.read = of
	if r == nil || r.Practice > 0 || r.Settings.Data == "" {
		p.show(nil)
		return
	}
	path, m := r.Settings.Data, r.Columns
	ctx := p.w.o.Session.Context()
	p.w.jobs.Go(func() {
		var s *columns.Sheet
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			s, _ = columns.Look(ctx, path, m) // what cannot be read as a table at all, the job on it says
		}
		p.w.o.Do(func() {
			if p.read == of && !p.w.updates.Closed.Load() {
				p.show(s)
				p.w.present()
			}
		})
	})
}

func (p *dataPage) show(s *columns.Sheet) {
	p.sheet = s
	p.mapping.Present(s)
}

// answered tells whether nothing has to be asked of the table any more.
func (p *dataPage) answered() bool { return p.sheet == nil || len(p.sheet.Asked()) == 0 }

// said tells whether the page in sight says by itself why there are no data yet.
func (w *Wizard) said() bool {
	p := w.pages[stepData].(*dataPage)
	return w.at == stepData && p.sheet != nil && (p.sheet.Refused != nil || p.sheet.Kind == table.Scores)
}

// use takes what a person said of one column.
func (p *dataPage) use(column, use string) {
	if r := p.w.run(); r != nil && p.sheet != nil {
		p.reread(r, p.sheet.With(r.Columns, column, use))
	}
}

// asProposed takes all that is asked of as it is proposed.
func (p *dataPage) asProposed() {
	if r := p.w.run(); r != nil && p.sheet != nil {
		p.reread(r, p.sheet.AsProposed(r.Columns))
	}
}

// reread reads the table again, with what was said of its columns.
func (p *dataPage) reread(r *runs.Run, m table.Mapping) {
	w := p.w
	w.say("")
	if _, err := w.o.Runs.Tables().SetColumns(r.Dir, p.sheet.Header, m); w.fail(err) {
		return
	}
	w.start(runs.KindCheck)
	w.present()
}
