package site

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/dossier"
	"hilum/app/models"
	"hilum/inference"
	"hilum/inference/graph"
	"hilum/internal/message"
	"hilum/internal/version"
)

// dossierJob is one run of cxr dossier.
type dossierJob struct {
	run, site, model string
	lang             string // of the pages; "" is that of the command
	config           dossier.Config
	json             bool
	outputs          cli.Outputs
}

// NewDossier is cxr dossier.
func NewDossier(r cli.Registries) *cobra.Command {
	j := &dossierJob{}
	j.config.Methods = r.Calibrators
	cmd := &cobra.Command{
		Use:   "dossier (--run RUN | --scores S --thresholds T --model M) --site SITE.json --out DIR",
		Short: "Write the acceptance dossier of a model at a site",
		Long: "dossier judges a model on a site's films as validate does and writes what a site files: dossier.pdf and dossier.html (whose film,\n" +
			"which model, criteria and verdicts, figures with intervals by patient, subgroups, limits, items of CLAIM, TRIPOD+AI, FUTURE-AI and\n" +
			"ARCH-AI with the page, signatures), dossier.json, and scores.csv, from which dossier verify computes every figure again. SITE.json\n" +
			"holds name, author, date, intended_use, users, data_source, inclusion, exclusion, reference_standard, sample_size, limits,\n" +
			"monitoring_plan and criteria (class, figure, at_least or at_most, interval).\n" + inference.NotForDiagnosis,
		Example: "  cxr dossier --scores test.csv --thresholds thresholds.json --model site.onnx --site site.json --out dossier",
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return j.make(cmd) },
	}
	j.outputs.Register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&j.run, "run", "", "folder of a run that was validated")
	fl.StringVar(&j.config.Scores, "scores", "", "table of scores and labels, a CSV file")
	fl.StringVar(&j.config.Thresholds, "thresholds", "",
		"thresholds.json to judge (default: 0.5 on the scores as they are)")
	fl.StringVar(&j.model, "model", "", "model that gave the scores: an .onnx file, demo, starter or twin")
	fl.StringVar(&j.site, "site", "", "what the site says of itself and its films, a JSON file")
	fl.StringVar(&j.lang, "lang", "", "language of the pages: en or de (default: that of the command)")
	fl.StringVar(&j.config.Out, "out", "", "folder for the dossier")
	fl.IntVar(&j.config.Rounds, "bootstrap", 1000, "rounds of the bootstrap by patient; 0 gives no intervals")
	fl.Uint64Var(&j.config.Seed, "seed", 1, "seed of the bootstrap: the same seed gives the same intervals")
	fl.BoolVar(&j.json, "json", false, "print one JSON object a line")
	cmd.AddCommand(newDossierVerify(r))
	return cmd
}

// files of a run that was validated at the workstation.
const (
	runScores     = "scores/held_out.csv"
	runThresholds = "calibrated/thresholds.json"
	runModel      = "calibrated/model.onnx"
)

// check finds mistakes of the command line, and fills in what a run holds.
func (j *dossierJob) check() error {
	c := &j.config
	switch {
	case j.site == "":
		return cli.Usage(message.New("no file of the site was named; use --site"))
	case c.Out == "":
		return cli.Usage(message.New("no folder was named; use --out"))
	case j.run != "" && (c.Scores != "" || c.Thresholds != "" || j.model != ""):
		return cli.Usage(message.New("name either --run or --scores, --thresholds and --model"))
	case j.run != "":
		c.Scores, c.Thresholds = filepath.Join(j.run, runScores), filepath.Join(j.run, runThresholds)
		j.model = filepath.Join(j.run, runModel)
	case c.Scores == "":
		return cli.Usage(message.New("no table of scores was named; use --scores, or --run"))
	case j.model == "":
		return cli.Usage(message.New("the dossier is of a model; name it with --model"))
	}
	return nil
}

func (j *dossierJob) make(cmd *cobra.Command) error {
	if err := j.check(); err != nil {
		return err
	}
	if _, err := os.Stat(j.config.Scores); j.run != "" && errors.Is(err, os.ErrNotExist) {
		return message.Errorf("the run %s holds no scores of held-out films; validate it first", j.run)
	}
	p := cli.NewPrinter(cmd, j.json)
	c := j.config
	var err error
	if c.Site, err = dossier.LoadSite(j.site); err != nil {
		return err
	}
	if c.Model, err = judged(j.model); err != nil {
		return err
	}
	c.Overwrite, c.Program, c.Words, c.OnStep = j.outputs.Overwrite, "Hilum "+version.Number, p.Words, p.Steps()
	if j.lang != "" {
		if c.Words, err = cli.WordsIn(j.lang); err != nil {
			return cli.Usage(err)
		}
	}
	d, err := dossier.Make(cmd.Context(), c)
	p.End()
	if err != nil {
		return err
	}
	if p.JSON {
		return p.Encode(struct {
			Event    string            `json:"event"`
			Out      string            `json:"out"`
			Accepted bool              `json:"accepted"`
			Verdicts []dossier.Verdict `json:"verdicts"`
			Notice   string            `json:"notice"`
		}{"done", c.Out, d.Accepted, d.Verdicts, inference.NotForDiagnosis})
	}
	met := 0
	for _, v := range d.Verdicts {
		if v.Met {
			met++
		}
	}
	p.Line(p.Out, "%d of %d criteria are met.", met, len(d.Verdicts))
	return p.Print(p.Out, "Written to %s.\n%s", c.Out, message.Of(inference.NotForDiagnosis))
}

// judged is the model as the dossier names it: by its card where it carries one.
func judged(path string) (dossier.Model, error) {
	src, err := models.Choice{Path: path}.Source()
	if err != nil {
		return dossier.Model{}, err
	}
	g, err := graph.Decode(src.ONNX)
	if err != nil {
		return dossier.Model{}, message.Errorf("%s: %w", path, err)
	}
	spec, _, err := inference.ReadSpec(g, inference.Spec{})
	if err != nil {
		return dossier.Model{}, message.Errorf("%s: %w", path, err)
	}
	sum := sha256.Sum256(src.ONNX)
	return dossier.Model{Name: cmp.Or(spec.Card.Name, src.Name), SHA256: hex.EncodeToString(sum[:]), Card: spec.Card},
		nil
}

func newDossierVerify(r cli.Registries) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify DIR",
		Short: "Compute every figure of a dossier again from its scores",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usage(message.New("name the folder of one dossier"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := dossier.Verify(cmd.Context(), args[0], r.Calibrators)
			if err != nil {
				return err
			}
			p := cli.NewPrinter(cmd, asJSON)
			switch {
			case p.JSON:
				err = p.Encode(v)
			case len(v.Differences) == 0:
				err = p.Print(p.Out, "All %d figures were found again.", v.Figures)
			default:
				for _, at := range v.Differences {
					p.Line(p.Errs, "%s is not what was found again.", at)
				}
			}
			if err == nil && len(v.Differences) > 0 {
				return cli.ErrReported
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
