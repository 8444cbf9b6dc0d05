// Package lab holds the commands of cxr that make biased data sets and play lessons.
package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/lab/bias"
	"hilum/app/lab/edit"
	"hilum/app/lab/lesson"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/training"
)

// New is cxr lab.
func New(r cli.Registries) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lab",
		Short: "Lessons and biased data: what fools a model, and how to see it",
		Long:  "lab makes biased data sets and plays lessons without a window.\n" + inference.NotForDiagnosis,
		Args:  cli.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newLabLesson(r), newLabBias())
	return cmd
}

// lessonJob is one run of cxr lab lesson.
type lessonJob struct {
	engine cli.EngineFlags
	model  cli.ModelFlags
	out    string
	bare   bool // no experiment: play with the model named
	images int
	epochs int
	json   bool

	outputs cli.Outputs
	sets    cli.Registries
}

func newLabLesson(r cli.Registries) *cobra.Command {
	j := &lessonJob{sets: r}
	var names []string
	for _, r := range lesson.BuiltIn() {
		names = append(names, r.Name)
	}
	cmd := &cobra.Command{
		Use:     "lesson --out DIR NAME|FILE",
		Short:   "Play a lesson from beginning to end and write it as a page",
		Example: "  cxr lab lesson text-marker --out lesson\n  cxr lab lesson my-lesson.json --out page --model site.onnx",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usage(message.Errorf("name one lesson: %s, or a lesson file", strings.Join(names, ", ")))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if j.out == "" {
				return cli.Usage(message.New("no folder was named; use --out"))
			}
			return j.run(cmd, args[0])
		},
	}
	cli.Explain(cmd, message.Of("lesson plays a ready lesson (%s) or a lesson file. Where the lesson has an experiment, its biased films\n"+
		"are drawn, a small network is trained on them and judged on biased and unbiased films; the steps are then played with that network.\n"+
		"--out receives films, run, report.json and lesson.html, which needs no other file. A second run goes on where the first stopped.", strings.Join(names, ", ")), "\n\n", message.Of(inference.NotForDiagnosis))
	j.engine.Register(cmd)
	j.model.Register(cmd, r)
	j.outputs.Register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&j.out, "out", "", "folder to write to")
	fl.BoolVar(&j.bare, "bare", false,
		"leave the experiment out and play the steps with the model named (default: the demo model)")
	fl.IntVar(&j.images, "films", 0, "films to train on (default: the lesson's)")
	fl.IntVar(&j.epochs, "epochs", 0, "epochs to train (default: the lesson's)")
	fl.BoolVar(&j.json, "json", false, "print one JSON object a line")
	return cmd
}

func (j *lessonJob) run(cmd *cobra.Command, name string) error {
	l, dir, err := findLesson(j.sets, name)
	if err != nil {
		return err
	}
	p := cli.NewPrinter(cmd, j.json)
	if err := os.MkdirAll(j.out, 0o755); err != nil {
		return message.Errorf("cannot make the folder for the lesson: %w", err)
	}
	var report *bias.ExperimentReport
	if l.Experiment != nil && !j.bare {
		if report, err = j.experiment(cmd.Context(), p, *l.Experiment); err != nil {
			return err
		}
		j.model.Path = report.Model
	}
	return cli.WithModel(j.engine, j.model, func(o cli.Opened) error {
		return j.play(cmd.Context(), p, lessonPlay{l, dir, report, o})
	})
}

// findLesson gives a ready lesson, or one from a file with its folder.
func findLesson(r cli.Registries, name string) (l *lesson.Lesson, dir string, err error) {
	if strings.HasSuffix(strings.ToLower(name), ".json") {
		l, err = lesson.Read(name, r.Lab())
		return l, filepath.Dir(name), err
	}
	l, err = lesson.Find(name)
	return l, "", err
}

// experiment trains the lesson's model, or takes it from an earlier run.
func (j *lessonJob) experiment(ctx context.Context, p *cli.Printer,
	e bias.Experiment) (r *bias.ExperimentReport, err error) {
	if j.images > 0 {
		e.Images = j.images
	}
	if j.epochs > 0 {
		e.Epochs = j.epochs
	}
	engine, err := j.engine.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	job := bias.RunExperiment{Config: bias.ExperimentConfig{Experiment: e, Out: j.out}, Engine: engine,
		OnStep: func(s training.Progress) { phaseLine(p, s) }}
	r, err = job.Run(ctx)
	p.End()
	if err != nil {
		return nil, err
	}
	if p.JSON {
		return r, p.Encode(struct {
			Event string `json:"event"`
			*bias.ExperimentReport
			Model  string `json:"model"`
			Notice string `json:"notice"`
		}{"experiment", r, r.Model, inference.NotForDiagnosis})
	}
	for _, s := range r.Sentences() {
		fmt.Fprintln(p.Out, s)
	}
	return r, nil
}

// phaseLine shows how far a job is on a terminal.
func phaseLine(p *cli.Printer, s training.Progress) {
	if p.Progress {
		p.ShowProgress("%s: %d of %d", s.Phase, s.Done, s.Total)
	}
}

// lessonPlay is a lesson with what plays it.
type lessonPlay struct {
	lesson *lesson.Lesson
	dir    string
	report *bias.ExperimentReport
	cli.Opened
}

// play prints what each step comes to and writes the page.
func (j *lessonJob) play(ctx context.Context, p *cli.Printer, l lessonPlay) error {
	player := lesson.Player{
		Model: l.Model, Engine: l.Engine, Source: l.Source, Dir: l.dir, Experiment: l.report,
		OnStep: func(s training.Progress) { phaseLine(p, s) }, Catalogue: j.sets.Lab(),
	}
	var steps []*lesson.Observation
	page, err := j.outputs.Run().Write(filepath.Join(j.out, "lesson.html"), func(w io.Writer) (err error) {
		steps, err = player.Page(ctx, l.lesson, w)
		return err
	})
	p.End()
	if err != nil {
		return err
	}
	for i, o := range steps {
		if err := printStep(p, i+1, o); err != nil {
			return err
		}
	}
	if p.JSON {
		return p.Encode(map[string]any{"event": "done", "page": page, "notice": inference.NotForDiagnosis})
	}
	p.Line(p.Out, "\nPage: %s\n%s", page, message.Of(inference.NotForDiagnosis))
	return nil
}

func printStep(p *cli.Printer, number int, o *lesson.Observation) error {
	f, _ := o.Now.Finding(o.Class)
	hits := map[string]map[string]bool{}
	for _, c := range o.Cells {
		for _, h := range c.Hits {
			if hits[c.Title.String()] == nil {
				hits[c.Title.String()] = map[string]bool{}
			}
			hits[c.Title.String()][h.Label] = h.Hit
		}
	}
	if p.JSON {
		return p.Encode(map[string]any{"event": "step", "step": number, "title": o.Title, "class": o.Class,
			"probability": f.Probability, "observation": o.Sentence, "pointing": hits})
	}
	p.Line(p.Out, "\n%d. %s\n   %s %s", number, o.Title, o.Class, edit.Figure(f.Probability))
	if !o.Sentence.IsZero() {
		p.Line(p.Out, "   %s", p.Words.Text(o.Sentence))
	}
	for _, c := range o.Cells {
		if text := strings.Join(p.Words.Texts(c.Lines()), "; "); text != "" {
			p.Line(p.Out, "   %s: %s", p.Words.Text(c.Title), text)
		}
	}
	return nil
}

// biasJob is one run of cxr lab bias.
type biasJob struct {
	config bias.Config
	region string
	json   bool
}

func newLabBias() *cobra.Command {
	j := &biasJob{}
	j.config.Marker.Kind = edit.Marker
	var devices []string
	for _, d := range edit.Devices() {
		devices = append(devices, string(d))
	}
	cmd := &cobra.Command{
		Use:     "bias --data DIR|CSV --out DIR --class C --device D",
		Short:   "Burn a marker into the films of a data set, tied to a label",
		Example: "  cxr lab bias --data films --out biased --class Mass --device tag --positive 0.9 --negative 0.1",
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := j.parse(); err != nil {
				return cli.Usage(err)
			}
			return j.run(cmd)
		},
	}
	cli.Explain(cmd, message.Of("bias writes a new data set with a marker (%s) on films, more often where a label is positive, and the films of\n"+
		"the test part once more with the marker at random.", strings.Join(devices, ", ")), " ",
		message.Of(inference.NotForDiagnosis))
	fl := cmd.Flags()
	fl.StringVar(&j.config.Data, "data", "", "data set: a folder in the NIH layout, or a table (CSV)")
	fl.StringVar(&j.config.Out, "out", "", "folder to write to")
	fl.StringVar(&j.config.Class, "class", "", "label that the marker is tied to")
	fl.StringVar((*string)(&j.config.Marker.Device), "device", string(edit.Tag), "marker: %s")
	cli.Names(fl, "device", strings.Join(devices, ", "))
	fl.StringVar(&j.config.Marker.Text, "text", "", "word of a tag (default: PORTABLE)")
	fl.StringVar(&j.region, "region", "0.06,0.9,0.18,0.045", "where: x,y,w,h as fractions of the film")
	fl.Float64Var(&j.config.PPositive, "positive", 0.9, "chance of the marker where the label is positive")
	fl.Float64Var(&j.config.PNegative, "negative", 0.1, "chance of the marker elsewhere")
	fl.Uint64Var(&j.config.Seed, "seed", 1, "seed of the draws and of the split")
	fl.IntVar(&j.config.Limit, "limit", 0, "films at most (default: all)")
	fl.BoolVar(&j.json, "json", false, "print one JSON object")
	return cmd
}

// parse reads the region and checks the rest.
func (j *biasJob) parse() error {
	r := &j.config.Marker.Region
	n, err := edit.ParseRegion(j.region)
	if err != nil {
		return err
	}
	*r = n
	if j.config.Data == "" {
		return message.New("no data set was named; use --data")
	}
	return j.config.Check()
}

func (j *biasJob) run(cmd *cobra.Command) error {
	p := cli.NewPrinter(cmd, j.json)
	r, err := bias.Job{Config: j.config, OnStep: func(s training.Progress) { phaseLine(p, s) }}.Run(cmd.Context())
	p.End()
	if err != nil {
		return err
	}
	if p.JSON {
		return p.Encode(r)
	}
	for _, part := range []string{"train", "val", "test", "unbiased"} {
		if n := r.Parts[part]; n != nil {
			p.Line(p.Out, "%-9s %5d %s, %d with the marker; %5d others, %d with the marker", part, n.Positive,
				j.config.Class, n.PositiveMarked, n.Negative, n.NegativeMarked)
		}
	}
	for _, s := range r.Skipped {
		p.Line(p.Errs, "left out: %s", s.Error)
	}
	fmt.Fprintf(p.Out, "%s\n%s\n%s\n%s\n", r.Table, r.Unbiased, r.Boxes, p.Words.Say(inference.NotForDiagnosis))
	return nil
}
