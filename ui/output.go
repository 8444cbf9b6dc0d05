package ui

import (
	"context"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"

	"hilum/app"
	"hilum/app/command"
	"hilum/app/export"
	"hilum/internal/message"
	"hilum/ui/filedialog"
	"hilum/ui/findingspanel"
	"hilum/ui/kit"
	"hilum/ui/page"
)

// The commands of answers and records that need the toolkit.
const (
	idAgreement = "answer.agreement"
	idTable     = "file.table"
	idLabels    = "answer.labels"
	idAudit     = "audit.export"
	idVerify    = "audit.verify"
)

// output is what leaves the program beside the page of the export: tables, the audit
// log, the printed page, the clipboard.
type output struct {
	session     *app.Workstation
	options     *Options
	jobs        *jobs
	pages       *page.Pages
	application fyne.App
	parent      fyne.Window // of dialogs
	leave       func()      // gives the keyboard back to the picture
	exports     page.ExportChoice
}

// register adds the commands of notes, agreement and the audit log.
func (o *output) register(note func()) {
	s := o.session
	kept := func() bool { return s.Answers.Records() != nil }
	scored := func() bool {
		st := s.State()
		return kept() && (st.Result != nil || st.Hidden && st.Picture != nil)
	}
	for _, c := range []command.Command{
		{
			ID: findingspanel.NoteCommand, Title: "Note to the finding\u2026", Menu: "Answers", Shortcut: "N", Do: note,
			Enabled: scored,
		},
		{
			ID: idAgreement, Title: "The model against you so far", Menu: "Answers", Shortcut: "Ctrl+G",
			Do:      o.showAgreement,
			Enabled: kept,
		},
		{
			ID: idLabels, Title: "Export answers as a table of labels\u2026", Menu: "Answers", Shortcut: "Ctrl+Shift+G",
			Do: o.exportLabels, Enabled: kept,
		},
		{
			ID: idTable, Title: "Export all findings as a table\u2026", Menu: "File", Shortcut: "Ctrl+E",
			Do:      o.exportTable,
			Enabled: kept,
		},
		{
			ID: idAudit, Title: "Export the audit log\u2026", Menu: "File", Shortcut: "Ctrl+Shift+E", Do: o.exportAudit,
			Enabled: kept,
		},
		{ID: idVerify, Title: "Check the audit log", Menu: "File", Shortcut: "Ctrl+Alt+E", Do: o.verifyAudit,
			Enabled: kept},
	} {
		s.Register(c)
	}
}

// showAgreement counts the answers and opens the page about them.
func (o *output) showAgreement() {
	o.jobs.background("counting the answers", func() {
		list, err := o.session.Answers.Agreement(o.session.Context())
		if err != nil {
			o.session.Fail(err)
			return
		}
		o.options.Do(func() { o.pages.ShowAgreement(list) })
	})
}

// saveAs asks for a name and writes there in the background; write gives the
// sentence that says what was written.
func (o *output) saveAs(purpose filedialog.Purpose, name, what string,
	write func(ctx context.Context, path string) (message.Message, error)) {
	o.options.Opener.Ask(filedialog.Request{
		Parent: o.parent, Purpose: purpose, Name: name, Refused: o.session.Notices.Fail, Done: o.leave,
		Chosen: func(paths ...string) {
			o.jobs.background(what, func() { o.session.Conclude(write(o.session.Context(), paths[0])) })
		},
	})
}

// exportTable writes the findings of everything scored, without identity.
func (o *output) exportTable() {
	o.saveAs(filedialog.FindingsTable, "findings.csv", "exporting the findings", func(ctx context.Context, path string) (message.Message, error) {
		if err := o.session.Exports.ExportTable(ctx, path, o.exports.Identified); err != nil {
			return message.Message{}, err
		}
		return message.Of("The findings of everything scored are in %s.", path), nil
	})
}

func (o *output) exportLabels() {
	o.saveAs(filedialog.LabelTable, "labels.csv", "exporting the answers", func(ctx context.Context, path string) (message.Message, error) {
		r, err := o.session.Answers.ExportLabels(ctx, path, false)
		if err != nil {
			return message.Message{}, err
		}
		return message.Of(
			"%s of %s are in %s.", kit.Counted(r.Labels, "%s labels"), kit.Counted(r.Pictures, "%s pictures"), path,
		), nil
	})
}

func (o *output) exportAudit() {
	o.saveAs(filedialog.AuditLog, "audit.jsonl", "exporting the audit log", func(ctx context.Context, path string) (message.Message, error) {
		state, err := o.session.Answers.Log().Write(ctx, path, strings.EqualFold(filepath.Ext(path), ".csv"))
		if err != nil {
			return message.Message{}, err
		}
		return message.Of("The audit log with %d entries is in %s.", state.Entries, path), nil
	})
}

func (o *output) verifyAudit() {
	o.jobs.background("checking the audit log", func() {
		state, err := o.session.Answers.Log().Verify(o.session.Context())
		o.session.Conclude(
			message.Of("The audit log holds: %d entries, the last %s.", state.Entries, shortHash(state.Head)), err,
		)
	})
}

// shortHash is enough of a hash to compare by eye.
func shortHash(hash string) string {
	const enough = 16
	return hash[:min(len(hash), enough)]
}

// print prints the one-page report beside the window.
func (o *output) print() {
	o.jobs.background("printing", func() {
		o.session.Conclude(o.session.Exports.PrintPage(o.session.Context(), export.Printer{}))
	})
}

// copyPicture puts the picture on the clipboard.
func (o *output) copyPicture() {
	o.jobs.background("copying the picture", func() {
		said, path, err := o.session.Exports.CopyPicture(
			o.session.Context(), o.session.Settings.Preferences().CopyIdentity)
		if path != "" {
			o.options.Do(func() { o.application.Clipboard().SetContent(path) })
		}
		o.session.Conclude(said, err)
	})
}
