package reading

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hilum/app/classmap"
	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/render"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/saliency"
	"hilum/inference/saliency/mapcheck"
	"hilum/internal/message"
	"hilum/internal/npz"
	"hilum/internal/plain"
	"hilum/internal/raster"
	"hilum/training"
	"hilum/training/evaluate"
)

// camJob is one run of cxr cam.
type camJob struct {
	engine      cli.EngineFlags
	model       cli.ModelFlags
	method      string
	by          saliency.Method // that of the name
	classes     []string
	layer, out  string
	colours     string
	sharedScale bool
	randomise   int
	verdict     bool
	data, boxes string // what is known of the class without the model
	raw         string // file of the arrays
	json        bool
	outputs     cli.Outputs
}

// NewCam is cxr cam.
func NewCam(r cli.Registries) *cobra.Command {
	j := &camJob{}
	names := r.Methods.Names()
	cmd := &cobra.Command{
		Use:   "cam --method M --out DIR IMAGE",
		Short: "Map the evidence of a model by any saliency method",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usage(message.Errorf("name one picture"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var known bool
			if j.by, known = r.Methods.Find(j.method); !known {
				return cli.Usage(message.Errorf("method %q is not known; use %s", j.method, strings.Join(names, ", ")))
			}
			if err := j.check(); err != nil {
				return cli.Usage(err)
			}
			return j.run(cmd, args[0])
		},
	}
	cli.Explain(cmd, message.Of("cam writes the picture with the map of each class by one of: %s.",
		strings.Join(names, ", ")), "\n", methodsHelp(r.Methods),
		message.Of("The target is the logit, never the probability."), "\n\n",
		message.Of("--verdict asks of each map:"), "\n", checksHelp(), message.Of(inference.NotForDiagnosis))
	j.engine.Register(cmd)
	j.model.Register(cmd, r)
	j.outputs.Register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&j.method, "method", saliency.GradCAM().Name, "saliency method")
	fl.StringSliceVar(&j.classes, "class", nil, "classes to map (default: all)")
	fl.StringVar(&j.layer, "layer", "",
		"feature map to look at (default: the last before the head; cxr graph lists them)")
	fl.StringVar(&j.out, "out", "", "folder to write to")
	fl.StringVar(&j.colours, "colours", raster.Jet, "colour map: %s")
	cli.Names(fl, "colours", strings.Join(raster.ColourMaps(), ", "))
	fl.BoolVar(&j.sharedScale, "shared-scale", false, "one scale for all classes instead of each its own")
	fl.IntVar(&j.randomise, "randomise", 0,
		"also re-initialise up to N layers from the head down and say how much of each map is left")
	fl.BoolVar(&j.verdict, "verdict", false, "also test whether each map can be believed; it runs the model some hundred times a map")
	fl.StringVar(&j.data, "data", "",
		"data set whose boxes the verdict holds the maps against: a folder in the NIH layout, or a table (CSV)")
	fl.StringVar(&j.boxes, "boxes", "", "list of boxes in place of the data set's own, as BBox_List_2017.csv")
	fl.StringVar(&j.raw, "raw", "",
		"also write input, logits and maps as arrays into this file (.npz, for NumPy); --out may then be left out")
	fl.BoolVar(&j.json, "json", false, "print one JSON object a line")
	return cmd
}

// check finds mistakes in the flags.
func (j *camJob) check() error {
	switch {
	case j.out == "" && j.raw == "" && !j.verdict:
		return message.Errorf("no folder was named; use --out")
	case j.data != "" && !j.verdict:
		return message.New("--data goes with --verdict")
	case j.boxes != "" && j.data == "":
		return message.New("--boxes goes with --data")
	}
	return nil
}

// methodsHelp describes the methods, a line each.
func methodsHelp(list saliency.Registry) message.Message {
	var lines []any
	for _, m := range list {
		lines = append(lines, fmt.Sprintf("  %-12s ", m.Name), message.Of(m.About), " ("+m.Source+")\n")
	}
	return message.List("", lines...)
}

// checksHelp describes the checks of a verdict, with their rules.
func checksHelp() message.Message {
	var lines []any
	for _, c := range mapcheck.Checks() {
		lines = append(lines, fmt.Sprintf("  %-14s ", c.Name), message.Of(c.About), " ", c.Rule, "\n")
	}
	return message.List("", lines...)
}

func (j *camJob) run(cmd *cobra.Command, path string) error {
	if _, ok := raster.FindColourMap(j.colours); !ok {
		return cli.Usage(message.Errorf("colour map %q is not known; use %s", j.colours,
			strings.Join(raster.ColourMaps(), ", ")))
	}
	im, err := dicomio.Decode(cmd.Context(), path)
	if err != nil {
		return err
	}
	return cli.WithModel(j.engine, j.model, func(o cli.Opened) error {
		x, err := o.Model.NewExplainer(o.Engine, o.Source, j.layer)
		if err != nil {
			return err
		}
		c := camPicture{path: path, image: im, model: o.Model, layer: x.Layer()}
		if j.data != "" {
			c.truth, err = evaluate.OpenTruth(cmd.Context(), j.data, j.boxes, o.Model)
		}
		if err == nil {
			err = j.explain(cmd.Context(), cli.NewPrinter(cmd, j.json), x, c)
		}
		return errors.Join(err, x.Close())
	})
}

// explain maps the classes of one picture and writes them.
func (j *camJob) explain(ctx context.Context, p *cli.Printer, x *inference.Explainer, c camPicture) (err error) {
	defer c.image.Hold()()
	if c.result, err = c.model.Score(ctx, c.image); err != nil {
		return err
	}
	if c.result.Maps, err = x.Explain(ctx, c.image, j.by, j.classes); err != nil {
		return err
	}
	if j.out != "" {
		if err := os.MkdirAll(j.out, 0o755); err != nil {
			return message.Errorf("cannot make the folder for the maps: %w", err)
		}
	}
	done := map[string]bool{}
	c.result.Maps = slices.DeleteFunc(c.result.Maps, func(m inference.Heatmap) bool { // a class may be named twice
		again := done[m.Class]
		done[m.Class] = true
		return again
	})
	for i := range c.result.Maps {
		if err := j.one(ctx, p, x, c, &c.result.Maps[i]); err != nil {
			return err
		}
	}
	if j.raw == "" {
		return nil
	}
	arrays, err := camArrays(c)
	if err != nil {
		return err
	}
	_, err = j.outputs.Run().Write(j.raw, func(w io.Writer) error { return npz.Write(w, arrays) })
	return err
}

// one writes one map, and says what there is to say of it.
func (j *camJob) one(ctx context.Context, p *cli.Printer, x *inference.Explainer, c camPicture,
	heat *inference.Heatmap) error {
	if j.verdict {
		known := inference.Known{}
		if c.truth != nil {
			known = c.truth.Of(c.path, heat.Class)
		}
		v, err := x.Judge(ctx, c.image, j.by, heat.Class, known)
		if err != nil {
			return err
		}
		c.verdict = &v
	}
	if err := j.write(p, c, heat); err != nil {
		return err
	}
	return j.sanity(ctx, p, x, c, heat.Class)
}

// sanity prints the model-randomisation test of one class where it is wanted.
func (j *camJob) sanity(ctx context.Context, p *cli.Printer, x *inference.Explainer, c camPicture, class string) error {
	if j.randomise <= 0 {
		return nil
	}
	steps, err := x.Sanity(ctx, c.image, j.by, class, j.randomise)
	if err != nil {
		return err
	}
	for i, s := range steps {
		if p.JSON {
			err = p.Encode(map[string]any{"path": c.path, "class": class, "step": i + 1, "layer": s.Layer,
				"ssim": training.Metric(s.SSIM), "rank_correlation": training.Metric(s.Rank)})
		} else {
			err = p.Print(p.Out, "  %2d layers forgotten, down to %-40s map left: SSIM %v, rank correlation %v", i+1,
				s.Layer, training.Metric(s.SSIM), training.Metric(s.Rank))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// camPicture is the picture that is explained.
type camPicture struct {
	path   string
	image  *dicomio.Image
	model  *inference.Model
	layer  string
	result *inference.Result
	truth  *evaluate.Truth // nil where no data set was named

	verdict *mapcheck.Verdict // of the map that is being written; nil where none is wanted
}

// draw writes the picture with a map, where a folder was named.
func (j *camJob) draw(c camPicture, heat *inference.Heatmap) (file string, err error) {
	if j.out == "" {
		return "", nil
	}
	view := classmap.Map{Class: heat.Class, On: true, Opacity: 0.5, PerMap: !j.sharedScale, Colours: j.colours,
		Signed: j.colours == raster.Signed}
	img, err := render.Annotated(render.Shot{Image: c.image, Window: c.image.DefaultWindow(), Result: c.result,
		Withheld: inference.Withholding(c.result.Withheld, true), Map: view, Model: c.model.Name + ", " + j.method})
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("%s_%s_%s.png", cli.Stem(c.path), strings.ReplaceAll(j.method, "+", "p"),
		cli.PartOf(heat.Class))
	return render.WritePNG(j.outputs.Run(), filepath.Join(j.out, name), img)
}

func (j *camJob) write(p *cli.Printer, c camPicture, heat *inference.Heatmap) error {
	file, err := j.draw(c, heat)
	if err != nil {
		return err
	}
	x, y, ok := heat.Peak()
	if p.JSON {
		return p.Encode(camLine(c, j, heat, file))
	}
	where := fmt.Sprintf("peak at %.2f, %.2f of width and height", x, y)
	if !ok {
		where = p.Words.Say("no peak. %s", heat.Dead())
	}
	if err := p.Print(p.Out, "%-20s %s  %s", plain.Text(heat.Class), where, plain.Text(file)); err != nil {
		return err
	}
	return printVerdict(p, c.verdict)
}

// printVerdict writes a line for each check, and why the map is not to be believed.
func printVerdict(p *cli.Printer, v *mapcheck.Verdict) error {
	if v == nil {
		return nil
	}
	for _, o := range v.Outcomes {
		title := p.Words.Say(o.Check.Title)
		switch f := o.Figure; {
		case !o.Asked:
			p.Line(p.Out, "  %-40s %s", title, o.Why)
		case o.Passed:
			p.Line(p.Out, "  %-40s passed %v (%v to %v)", title, training.Metric(f.Value), training.Metric(f.Lo),
				training.Metric(f.Hi))
		default:
			p.Line(p.Out, "  %-40s FAILED %v (%v to %v)", title, training.Metric(f.Value), training.Metric(f.Lo),
				training.Metric(f.Hi))
		}
	}
	if v.Passed() {
		return p.Print(p.Out, "  No check speaks against this map.")
	}
	p.Line(p.Out, "  This map is not to be believed:")
	for _, why := range v.Reasons() {
		p.Line(p.Out, "  ! %s", p.Words.Text(why))
	}
	return nil
}

// camArrays are those of rawArrays for one picture, and input [1, C, H, W], what the
// network was given.
func camArrays(c camPicture) ([]npz.Array, error) {
	in, _, err := c.model.Spec.Prep.Tensor(c.image)
	if err != nil {
		return nil, err
	}
	r := newRawArrays(c.model.Spec.Classes)
	if err := r.add(c.path, c.result); err != nil {
		return nil, err
	}
	shape := make([]int, len(in.Shape))
	for i, n := range in.Shape {
		shape[i] = int(n)
	}
	return append(r.arrays(), npz.Array{Name: "input", Shape: shape, Numbers: in.Data}), nil
}

// camLine is the JSON of one map. peak is the place of its largest value, null
// where there is none; dead says why the map points nowhere.
func camLine(c camPicture, j *camJob, heat *inference.Heatmap, file string) map[string]any {
	line := map[string]any{
		"path": c.path, "class": heat.Class, "method": j.method, "layer": c.layer, "file": file,
		"peak": nil, "largest": heat.Largest(), "notice": inference.NotForDiagnosis,
	}
	if x, y, ok := heat.Top(); ok {
		line["peak"] = [2]float64{x, y}
	}
	if why := heat.Dead(); !why.IsZero() {
		line["dead"] = why
	}
	if c.verdict != nil {
		line["verdict"] = c.verdict
	}
	return line
}
