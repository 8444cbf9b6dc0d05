package reading

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
	"hilum/app/export"
	"hilum/app/measure"
	"hilum/app/records"
	"hilum/app/render"
	reports "hilum/app/report"
	"hilum/app/settings"
	"hilum/app/studies"
	"hilum/app/worklist"
	"hilum/dicomio/evidence"
	"hilum/dicomio/scan"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/plain"
	"hilum/internal/raster"
)

// exportJob is one run of cxr export or cxr report.
type exportJob struct {
	engine  cli.EngineFlags
	model   cli.ModelFlags
	records recordsFlag
	out     string
	forms   []string
	class   string
	colours string
	table   string
	with    []string
	json    bool
	outputs cli.Outputs

	exporter export.Exporter
	known    export.Forms
	sources  scan.Registry
	printer  *cli.Printer
	evidence []*evidence.Object
	store    *records.Store  // nil where there is none
	picture  records.Picture // the one in work, where there is a store
	failed   int
}

// NewExport is cxr export.
func NewExport(r cli.Registries) *cobra.Command {
	var j exportJob
	cmd := &cobra.Command{
		Use:     "export PATH... --out FOLDER",
		Short:   "Score pictures and write them as PDF, PNG and DICOM objects",
		Example: "  cxr export film.dcm --out out --as pdf,sr\n  cxr export study.zip --out out --table findings.csv",
		Args:    cli.AtLeastOne("picture or folder"),
		RunE:    func(cmd *cobra.Command, args []string) error { return j.run(cmd, args) },
	}
	cli.Explain(cmd, message.Of("export scores pictures in files, folders, archives and DICOMDIRs and writes each in the forms of --as:"), "\n", formsHelp(r.Forms), "\n", message.Of("Identity is taken out unless --identified is given: patients get pseudonyms, UIDs are replaced, dates and free text\n"+
		"go. Text that is burnt into a film stays; blank it with cxr anonymise. Answers and annotations of the records are\n"+
		"included. Names of files begin with the hash of the pixels."), "\n", message.Of(inference.NotForDiagnosis))
	j.register(cmd, r)
	cmd.Flags().StringSliceVar(&j.forms, "as", []string{export.PDF}, "forms: %s")
	cli.Names(cmd.Flags(), "as", strings.Join(r.Forms.Names(), ", "))
	cmd.Flags().StringVar(&j.table, "table", "", "write the findings of all pictures into this CSV file too")
	cmd.Flags().StringSliceVar(&j.with, "with", nil,
		"draw what these DICOM objects of other programs say of the pictures: presentation states, reports, segmentations, parametric maps, key objects, or pictures with overlays")
	return cmd
}

// formsHelp describes the forms, a line each.
func formsHelp(list export.Forms) message.Message {
	widest := 0
	for _, f := range list {
		widest = max(widest, len(f.Name))
	}
	var lines []any
	for _, f := range list {
		lines = append(lines, fmt.Sprintf("  %-*s  ", widest, f.Name), message.Of(f.About), "\n")
	}
	return message.List("", lines...)
}

// NewReport is cxr report.
func NewReport(r cli.Registries) *cobra.Command {
	j := exportJob{forms: []string{export.PDF}}
	cmd := &cobra.Command{
		Use:   "report PATH... --out FOLDER",
		Short: "Score pictures and write a page of PDF on each",
		Long: "report writes for each picture one page: the picture, the map of a class, the findings with probability, threshold\n" +
			"and margin, the reader's answers, and what made the figures. It is cxr export --as pdf.\n" +
			inference.NotForDiagnosis,
		Args: cli.AtLeastOne("picture or folder"),
		RunE: func(cmd *cobra.Command, args []string) error { return j.run(cmd, args) },
	}
	j.register(cmd, r)
	return cmd
}

func (j *exportJob) register(cmd *cobra.Command, r cli.Registries) {
	j.known, j.exporter.Forms, j.sources = r.Forms, r.Forms, r.Sources
	j.exporter.Findings = r.Findings
	j.engine.Register(cmd)
	j.model.Register(cmd, r)
	j.records.register(cmd)
	j.outputs.Register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&j.out, "out", "", "folder to write into")
	fl.StringVar(&j.class, "class", "", "class whose map is drawn (default: the one with the largest relative margin)")
	fl.StringVar(&j.colours, "colours", raster.Ember, "colour map: %s")
	cli.Names(fl, "colours", strings.Join(raster.ColourMaps(), ", "))
	fl.BoolVar(&j.exporter.Identified, "identified", false, "keep the identity of patients")
	fl.BoolVar(&j.json, "json", false, "print one JSON object a line")
}

func (j *exportJob) check() error {
	if j.out == "" {
		return cli.Usage(message.New("no folder to write into was named; use --out"))
	}
	if _, ok := raster.FindColourMap(j.colours); !ok {
		return cli.Usage(message.Errorf("colour map %q is not known; use %s", j.colours,
			strings.Join(raster.ColourMaps(), ", ")))
	}
	for _, f := range j.forms {
		if _, ok := j.known.Find(f); !ok {
			return cli.Usage(message.Errorf("a picture cannot be exported as %q", f))
		}
	}
	_, err := j.engine.Options()
	return err
}

func (j *exportJob) run(cmd *cobra.Command, args []string) error {
	if err := j.check(); err != nil {
		return err
	}
	ctx := cmd.Context()
	j.printer = cli.NewPrinter(cmd, j.json)
	j.exporter.Files = j.outputs.Run()
	if j.table != "" {
		if err := j.exporter.Files.Check(j.table); err != nil {
			return err
		}
	}
	found, problems := studies.Find(ctx, j.sources, args)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, p := range problems {
		j.failed++
		j.printer.Failure(p.Path, p.Err)
	}
	for _, i := range found {
		if i.Disk() != "" {
			j.exporter.Files.Protect(i.Disk())
		}
	}
	if len(found) == 0 {
		return cli.ErrReported
	}
	if err := j.readEvidence(ctx); err != nil {
		return err
	}
	if err := j.openRecords(); err != nil {
		return err
	}
	err := cli.WithModel(j.engine.ForMany(len(found)), j.model,
		func(o cli.Opened) error { return j.export(ctx, o.Model, found) })
	if j.store != nil {
		err = errors.Join(err, j.store.Close())
	}
	if err == nil && j.failed > 0 {
		err = cli.ErrReported
	}
	return err
}

// readEvidence reads the objects of other programs.
func (j *exportJob) readEvidence(ctx context.Context) error {
	for _, path := range j.with {
		j.exporter.Files.Protect(path)
		o, err := evidence.Read(ctx, path)
		if err != nil {
			return err
		}
		for _, f := range o.Faults {
			j.printer.Warn(path, f)
		}
		j.evidence = append(j.evidence, o)
	}
	return nil
}

// about gives the evidence that speaks of a picture; what speaks of none of its kind is
// said.
func (j *exportJob) about(s inference.Scored) []*evidence.Object {
	var out []*evidence.Object
	for _, o := range j.evidence {
		if h := s.Image.Header; h.InstanceUID != "" && len(o.Films) > 0 && o.About(h.InstanceUID) {
			out = append(out, o)
			continue
		}
		j.printer.Warn(s.Path, message.Of("%s speaks of another picture and was not drawn on this one.",
			filepath.Base(o.Path)))
	}
	return out
}

// openRecords takes the records that are there; none are made here unless they
// were named.
func (j *exportJob) openRecords() error {
	path, err := j.records.file()
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err == nil {
		j.store = records.New(path)
	} else if j.records.path != "" {
		return message.Errorf("there are no records at %s", path)
	}
	return nil
}

func (j *exportJob) export(ctx context.Context, m *inference.Model, found []*scan.Instance) error {
	score := func(table *reports.Table) error {
		j.printer.Begin(m, len(found))
		err := m.ScoreFiles(ctx, studies.Files(found),
			func(s inference.Scored) error { return j.one(ctx, m, s, found[s.Index], table) })
		j.printer.End()
		return err
	}
	if j.table == "" {
		return score(nil)
	}
	folder := j.out
	if rel, err := filepath.Rel(j.out, filepath.Dir(j.table)); err == nil && filepath.IsLocal(rel) {
		folder = filepath.Dir(j.table) // the table lies within
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return message.Errorf("cannot make the folder to write into: %w", err)
	}
	_, err := j.exporter.Files.Write(j.table, func(w io.Writer) error {
		table, err := reports.NewTable(w)
		if err == nil {
			err = score(table)
		}
		if err != nil {
			return err
		}
		return table.End()
	})
	return err
}

// one writes a picture that was scored.
func (j *exportJob) one(ctx context.Context, m *inference.Model, s inference.Scored, from *scan.Instance,
	table *reports.Table) error {
	if s.Err != nil {
		j.failed++
		j.printer.Failure(s.Path, s.Err)
		return nil
	}
	subject, err := j.subject(ctx, m, s, from)
	if err != nil {
		return err
	}
	files, err := j.exporter.Export(ctx, subject, j.out, j.forms...)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		j.failed++
		j.printer.Failure(s.Path, err)
		return nil
	}
	if err := j.log(ctx, m, files); err != nil {
		return err
	}
	if table != nil {
		row, err := j.exporter.Row(ctx, subject)
		if err == nil {
			err = table.Add(row)
		}
		if err != nil {
			return err
		}
	}
	return printExported(j.printer, s.Path, files)
}

// subject puts together what is known of a picture.
func (j *exportJob) subject(ctx context.Context, m *inference.Model, s inference.Scored,
	from *scan.Instance) (export.Subject, error) {
	sub, err := export.Scored(ctx, m, s, from.File)
	if err != nil {
		return sub, err
	}
	sub.Evidence = j.about(s)
	sub.Orient = render.EvidenceOrientation(sub.Evidence, s.Image.Header.InstanceUID)
	if j.class != "" {
		if _, ok := s.Result.Finding(j.class); !ok {
			return sub, cli.Usage(message.Errorf("the model has no class %q", j.class))
		}
		sub.Map.Class = j.class
	}
	// where others say how the film looks, our map comes only when it is asked for
	sub.Map.On = len(sub.Evidence) == 0 || j.class != ""
	sub.Map.Colours, sub.Map.Signed = j.colours, j.colours == raster.Signed
	if j.store == nil {
		return sub, nil
	}
	j.picture = records.PictureOf(s.Image)
	if sub.Answers, err = j.store.Answers(ctx, records.AnswerFilter{Picture: j.picture}); err != nil {
		return sub, err
	}
	if sub.KeyImage, err = j.store.Remark(ctx, records.KeyImage, j.picture.Key(), ""); err != nil {
		return sub, err
	}
	if sub.Conclusion, err = j.store.Remark(ctx, records.Conclusion, j.picture.StudyKey(), ""); err != nil {
		return sub, err
	}
	sheet, err := measure.ReadSheet(ctx, j.store, j.picture)
	sub.Marks, sub.Scale = sheet.Marks, measure.SheetScale(s.Image, sheet)
	return sub, err
}

// log writes into the audit log that the picture left.
func (j *exportJob) log(ctx context.Context, m *inference.Model, files []string) error {
	if j.store == nil {
		return nil
	}
	id, err := worklist.Identify(m)
	if err != nil {
		return err
	}
	return export.LogExport(ctx, j.store,
		export.LogEntry{Reader: settings.ReaderName(), Picture: j.picture, Model: id, Files: files,
			Identified: j.exporter.Identified})
}

func printExported(p *cli.Printer, path string, files []string) error {
	p.Step()
	if p.JSON {
		return p.Encode(struct {
			Path   string   `json:"path"`
			Files  []string `json:"files"`
			Notice string   `json:"notice"`
		}{path, files, inference.NotForDiagnosis})
	}
	p.Line(p.Out, "%s", plain.Text(path))
	for _, f := range files {
		p.Line(p.Out, "  %s", plain.Text(f))
	}
	return nil
}
