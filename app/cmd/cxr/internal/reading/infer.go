// Package reading holds the commands of cxr that read pictures and keep what was said of
// them: infer, cam, export, report, worklist, card, answers, audit.
package reading

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"hilum/app/classmap"
	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/render"
	"hilum/app/studies"
	"hilum/dicomio"
	"hilum/dicomio/scan"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/npz"
	"hilum/internal/raster"
	"hilum/resources"
)

// inferJob is one run of cxr infer.
type inferJob struct {
	sources     scan.Registry
	engine      cli.EngineFlags
	model       cli.ModelFlags
	maps        string // folder for the class maps, "" for none
	raw         string // file of the arrays, "" for none
	arrays      *rawArrays
	colours     string
	sharedScale bool
	json, demo  bool

	out     *cli.Printer
	outputs cli.Outputs
	failed  int
}

// NewInfer is cxr infer.
func NewInfer(r cli.Registries) *cobra.Command {
	j := &inferJob{sources: r.Sources}
	cmd := &cobra.Command{
		Use:   "infer PATH...",
		Short: "Score pictures: files, folders, archives and DICOMDIRs",
		Long: "infer scores PNG, JPEG and DICOM pictures, in files, in folders to their depths, in .zip archives and on discs with a\n" +
			"DICOMDIR, and prints for each class the probability, the threshold and the margin. With --gradcam it writes the picture with a class map for every\n" +
			"positive class, or for the class with the largest relative margin where none is positive.\n\n" +
			"A file that fails is named and does not stop the rest; the exit code is then 1.\n" +
			inference.NotForDiagnosis,
		Example: "  cxr infer film.png\n  cxr infer --gradcam maps --json study/ > findings.jsonl\n  cxr infer --demo",
		Args: func(cmd *cobra.Command, args []string) error {
			if j.demo {
				return cli.NoArgs(cmd, args)
			}
			return cli.AtLeastOne("picture or folder")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return j.run(cmd, args) },
	}
	j.engine.Register(cmd)
	j.model.Register(cmd, r)
	j.outputs.Register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&j.maps, "gradcam", "", "write pictures with class maps into this folder")
	fl.StringVar(&j.colours, "colours", raster.Jet, "colour map: %s")
	cli.Names(fl, "colours", strings.Join(raster.ColourMaps(), ", "))
	fl.BoolVar(&j.sharedScale, "shared-scale", false, "one scale for all maps of a picture instead of each its own")
	fl.StringVar(&j.raw, "raw", "", "write logits and class maps as arrays into this file (.npz, for NumPy)")
	fl.BoolVar(&j.json, "json", false, "print one JSON object a line")
	fl.BoolVar(&j.demo, "demo", false, "score the demo studies that come along")
	return cmd
}

func (j *inferJob) run(cmd *cobra.Command, args []string) error {
	if _, ok := raster.FindColourMap(j.colours); !ok {
		return cli.Usage(message.Errorf("colour map %q is not known; use %s", j.colours,
			strings.Join(raster.ColourMaps(), ", ")))
	}
	j.out = cli.NewPrinter(cmd, j.json)
	if _, err := j.engine.Options(); err != nil {
		return err
	}
	files, err := j.pictures(cmd.Context(), args)
	if err != nil {
		return err
	}
	return cli.WithModel(j.engine.ForMany(len(files)), j.model,
		func(o cli.Opened) error { return j.score(cmd.Context(), o.Model, files) })
}

func (j *inferJob) score(ctx context.Context, m *inference.Model, files []inference.File) error {
	if j.maps != "" {
		if err := os.MkdirAll(j.maps, 0o755); err != nil {
			return message.Errorf("cannot make the folder for the maps: %w", err)
		}
	}
	j.arrays = newRawArrays(m.Spec.Classes)
	j.out.Begin(m, len(files))
	err := m.ScoreFiles(ctx, files, func(s inference.Scored) error { return j.emit(ctx, m, s) })
	j.out.End()
	if err == nil && j.raw != "" {
		_, err = j.outputs.Run().Write(j.raw, func(w io.Writer) error { return npz.Write(w, j.arrays.arrays()) })
	}
	if err == nil && j.failed > 0 {
		err = cli.ErrReported
	}
	return err
}

// pictures lists what to score. What should be a picture and cannot be read is
// printed as a failure of its own; with nothing left there is nothing to do.
func (j *inferJob) pictures(ctx context.Context, args []string) ([]inference.File, error) {
	if j.demo {
		return demoFiles(), nil
	}
	found, problems := studies.Find(ctx, j.sources, args)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	for _, p := range problems {
		j.failed++
		j.out.Failure(p.Path, p.Err)
	}
	if len(found) == 0 {
		return nil, cli.ErrReported
	}
	return studies.Files(found), nil
}

func demoFiles() []inference.File {
	var files []inference.File
	for _, s := range resources.DemoStudies() {
		files = append(files, inference.File{Path: s.Name, Decode: func(ctx context.Context) (*dicomio.Image, error) {
			return dicomio.DecodeBytes(ctx, s.Name, s.Bytes)
		}})
	}
	return files
}

func (j *inferJob) emit(ctx context.Context, m *inference.Model, s inference.Scored) error {
	if s.Err != nil {
		j.failed++
		j.out.Failure(s.Path, s.Err)
		return nil
	}
	if j.raw != "" {
		if err := j.keep(ctx, m, s); err != nil {
			return err
		}
	}
	var files map[string]string
	if j.maps != "" {
		var err error
		if files, err = j.writeMaps(ctx, m, s); err != nil {
			return err // the folder is full or gone: every further file would fail too
		}
	}
	return j.out.Result(m, s, files)
}

// keep takes what a picture gave among the arrays. A model that gives no maps has logits
// all the same.
func (j *inferJob) keep(ctx context.Context, m *inference.Model, s inference.Scored) error {
	defer s.Image.Hold()()
	r := *s.Result
	var err error
	if r.Maps, err = m.Maps(ctx, s.Image, s.Result); ctx.Err() != nil {
		return err
	}
	if err != nil {
		r.Maps = nil
		fmt.Fprintln(j.out.Errs, j.out.Words.Sentence(err))
	}
	return j.arrays.add(s.Path, &r)
}

// writeMaps writes a picture with its map for each class worth one.
func (j *inferJob) writeMaps(ctx context.Context, m *inference.Model, s inference.Scored) (map[string]string, error) {
	defer s.Image.Hold()()
	var err error
	if s.Result.Maps, err = m.Maps(ctx, s.Image, s.Result); err != nil {
		return nil, message.Errorf("no class maps; leave --gradcam out: %w", err)
	}
	files := map[string]string{}
	for _, class := range worthAMap(s.Result) {
		view := classmap.Map{Class: class, On: true, Opacity: 0.5, PerMap: !j.sharedScale, Colours: j.colours,
			Signed: j.colours == raster.Signed}
		img, err := render.Annotated(render.Shot{Image: s.Image, Window: s.Image.DefaultWindow(), Result: s.Result,
			Withheld: inference.Withholding(s.Result.Withheld, true), Map: view, Model: m.Name})
		if err != nil {
			return nil, err
		}
		// films of different folders may share a name
		file, err := render.WritePNG(j.outputs.Run(),
			filepath.Join(j.maps, cli.Stem(s.Path)+"_"+cli.PartOf(class)+".png"),
			img)
		if err != nil {
			return nil, err
		}
		files[class] = file
	}
	return files, nil
}

// worthAMap are the positive classes, or the one with the largest relative
// margin.
func worthAMap(r *inference.Result) []string {
	var positive []string
	for _, f := range r.Findings {
		if f.Positive {
			positive = append(positive, f.Class)
		}
	}
	if positive == nil {
		return []string{r.LargestMargin().Class}
	}
	return positive
}
