package reading

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/radiograph"
	"hilum/app/records"
	"hilum/app/worklist"
	"hilum/dicomio/scan"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/plain"
)

// worklistJob is one run of cxr worklist.
type worklistJob struct {
	sources scan.Registry
	engine  cli.EngineFlags
	model   cli.ModelFlags
	records recordsFlag
	query   worklist.Query
	order   string
	limit   int
	noScore bool
	json    bool
}

// The words for orders on the command line.
var orders = map[string]worklist.SortKey{
	"margin": worklist.ByMargin, "patient": worklist.ByPatient, "date": worklist.ByDate, "unseen": worklist.ByUnseen,
}

// NewWorklist is cxr worklist.
func NewWorklist(r cli.Registries) *cobra.Command {
	j := worklistJob{sources: r.Sources}
	cmd := &cobra.Command{
		Use:   "worklist PATH...",
		Short: "List the studies of folders, archives and discs, the most suspicious first",
		Long: "worklist finds the studies in folders, .zip archives and DICOMDIRs, scores their frontal pictures and lists them by\n" +
			"the margin of a class or of any. Scores are kept in the records: an interrupted run goes on where it was, and the\n" +
			"same pictures are not scored twice by one model, wherever they lie.\n" + inference.NotForDiagnosis,
		Example: "  cxr worklist inbox/ --class Pneumothorax\n  cxr worklist disc/DICOMDIR --sort date --json",
		Args:    cli.AtLeastOne("folder, archive or picture"),
		RunE:    func(cmd *cobra.Command, args []string) error { return j.run(cmd, args) },
	}
	j.engine.Register(cmd)
	j.model.Register(cmd, r)
	j.records.register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&j.order, "sort", "margin", "order: margin, patient, date or unseen")
	fl.StringVar(&j.query.Class, "class", "", "class whose margin sorts (default: the largest of any)")
	fl.StringVar(&j.query.Positive, "positive", "", "only studies positive in this class; * is any")
	fl.StringVar(&j.query.Text, "search", "",
		"only studies with these words in patient, date, description or file name")
	fl.BoolVar(&j.query.Unseen, "unseen", false, "only studies that were not opened in the window")
	fl.BoolVar(&j.query.Reverse, "reverse", false, "the order turned round")
	fl.IntVar(&j.limit, "limit", 0, "list so many studies (default: all)")
	fl.BoolVar(&j.noScore, "no-score", false, "score nothing; list with the scores that are kept")
	fl.BoolVar(&j.json, "json", false, "print one JSON object a line")
	return cmd
}

func (j *worklistJob) run(cmd *cobra.Command, args []string) error {
	order, ok := orders[j.order]
	if !ok {
		return cli.Usage(message.Errorf("the order %q is not margin, patient, date or unseen", j.order))
	}
	j.query.Sort = order
	if _, err := j.engine.Options(); err != nil {
		return err
	}
	return j.records.with(true, func(store *records.Store) error {
		return cli.WithModel(j.engine, j.model, func(o cli.Opened) error { return j.list(cmd, args, store, o.Model) })
	})
}

func (j *worklistJob) list(cmd *cobra.Command, args []string, store *records.Store, m *inference.Model) error {
	for _, class := range []string{j.query.Class, j.query.Positive} {
		known := class == "" || class == worklist.AnyClass
		for _, c := range m.Spec.Classes {
			known = known || c == class
		}
		if !known {
			return cli.Usage(message.Errorf("the model has no class %q", class))
		}
	}
	model, err := worklist.ModelOf(m)
	if err != nil {
		return err
	}
	changed := make(chan struct{}, 1)
	l := worklist.New(worklist.Config{Records: store, Sources: j.sources, OnChange: func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}})
	defer l.Close()
	l.Add(args...)
	p := cli.NewPrinter(cmd, j.json)
	w := waiting{list: l, changed: changed, printer: p, progress: p.Progress}
	ctx := cmd.Context()
	if err := w.until(ctx, func(s *worklist.Snapshot) bool { return !s.Indexing }); err != nil {
		return err
	}
	l.SetModel(model)
	if err := w.score(ctx, j.noScore); err != nil {
		return err
	}
	l.SetQuery(j.query)
	return printWorklist(p, l.Snapshot(), j.limit)
}

// waiting watches a list at work.
type waiting struct {
	list     *worklist.List
	changed  chan struct{}
	printer  *cli.Printer
	progress bool
}

// until waits for a snapshot, with a line of progress on a terminal.
func (w waiting) until(ctx context.Context, ok func(*worklist.Snapshot) bool) error {
	tick := time.NewTicker(200 * time.Millisecond) // a change may come before the wait
	defer tick.Stop()
	for {
		s := w.list.Snapshot()
		if w.progress {
			w.printer.ShowProgress("%d studies, %d of %d pictures scored", s.Studies,
				s.Scoring.Done+s.Scoring.Failed, s.Scoring.Total)
		}
		if ok(s) {
			if w.progress {
				fmt.Fprint(w.printer.Screen, "\r\x1b[K")
			}
			if !s.Error.IsZero() {
				return message.Errorf("%s", s.Error)
			}
			return nil
		}
		select {
		case <-w.changed:
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// score scores what has no score, or with kept alone takes what the records
// have.
func (w waiting) score(ctx context.Context, kept bool) error {
	w.list.Hold(kept)
	w.list.StartScoring()
	return w.until(ctx, func(s *worklist.Snapshot) bool {
		p := s.Scoring
		return !p.Running || kept && p.Recalled
	})
}

// WorklistJSON is one line of cxr worklist --json.
type WorklistJSON struct {
	Key         string             `json:"study"`
	Patient     string             `json:"patient"`
	PatientID   string             `json:"patient_id"`
	Date        string             `json:"date"`
	Description string             `json:"description"`
	Views       string             `json:"views"`
	Paths       []string           `json:"paths"`
	Priors      int                `json:"priors"`
	Seen        bool               `json:"seen"`
	State       string             `json:"state"`
	Margins     map[string]float32 `json:"rel_margins"`
	Error       message.Message    `json:"error,omitzero"`
	Notice      string             `json:"notice"`
}

var stateWords = map[worklist.State]string{
	worklist.Waiting: "waiting", worklist.Scored: "scored", worklist.Failed: "failed",
	worklist.Excluded: "not frontal", worklist.Withheld: "withheld",
}

func printWorklist(p *cli.Printer, s *worklist.Snapshot, limit int) error {
	n := s.Len()
	if limit > 0 {
		n = min(n, limit)
	}
	failed := len(s.Problems) > 0 || s.Scoring.Failed > 0
	for _, f := range s.Problems {
		p.Failure(f.Path, f.Err)
	}
	var err error
	if p.JSON {
		err = printWorklistLines(p, s, n)
	} else {
		err = printWorklistTable(p, s, n)
	}
	if err == nil && failed {
		err = cli.ErrReported
	}
	return err
}

func printWorklistLines(p *cli.Printer, s *worklist.Snapshot, n int) error {
	for i := range n {
		r := s.Row(i)
		line := WorklistJSON{Key: r.Key, Patient: r.Patient, PatientID: r.PatientID, Date: r.Date,
			Description: r.Description, Views: r.Views,
			Priors: r.Priors, Seen: r.Seen, State: stateWords[r.State], Margins: map[string]float32{}, Error: r.Error,
			Notice: inference.NotForDiagnosis}
		for _, picture := range r.Pictures {
			line.Paths = append(line.Paths, picture.Location())
		}
		for k, m := range r.Margins {
			line.Margins[s.Classes[k]] = m
		}
		if err := p.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

func printWorklistTable(p *cli.Printer, s *worklist.Snapshot, n int) error {
	p.Line(p.Out, "%d studies of %d patients, %d pictures; %d scored, %d of them before, %d failed",
		s.Studies, s.Patients, s.Pictures, s.Scoring.Done, s.Scoring.Kept, s.Scoring.Failed)
	t := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	p.Line(t, "\tpatient\tdate\tviews\tlargest margin\t\tpriors")
	for i := range n {
		r := s.Row(i)
		mark, class, margin := "*", stateWords[r.State], ""
		if r.Seen {
			mark = ""
		}
		if r.Top >= 0 {
			class, margin = inference.ClassName(s.Classes[r.Top]), fmt.Sprintf("%+.3f", r.Largest())
		}
		p.Line(t, "%s\t%s\t%s\t%s\t%s\t%s\t%d", mark, plain.Text(radiograph.PersonName(r.Title())),
			radiograph.Date(r.Date), plain.Text(r.Views), plain.Text(class), margin, r.Priors)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i := range n { // why, below the table, where words have room
		switch r := s.Row(i); {
		case r.Error.IsZero() || len(r.Pictures) == 0:
		case r.State == worklist.Failed:
			p.Failure(r.Pictures[0].Location(), message.Errorf("%s", r.Error))
		case r.State == worklist.Withheld:
			why := inference.Withholding([]message.Message{r.Error}, false)
			p.Line(p.Out, "%s: %s", plain.Text(r.Pictures[0].Location()), p.Words.Text(why))
		}
	}
	err := p.Print(p.Out, "* not opened yet. %s", message.Of(inference.NotForDiagnosis))
	return err
}
