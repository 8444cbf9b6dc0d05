package reading

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/records"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// NewAnswers is cxr answers.
func NewAnswers() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "answers",
		Short: "What readers answered to findings: export, import, and the model against them",
		Args:  cli.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAnswersExport(), newAnswersImport(), newAgreement())
	return cmd
}

// answersExport is one run of cxr answers export.
type answersExport struct {
	records    recordsFlag
	out        string
	reader     string
	lines      bool
	identified bool
	model      string
	outputs    cli.Outputs
}

func newAnswersExport() *cobra.Command {
	var j answersExport
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the answers as a label table, or as JSON lines",
		Long: "export writes what readers answered as a CSV table, one row a picture: path, patient_id, sex, age, view, a column a\n" +
			"class with 1, 0 or nothing, and logit_<Class> with y_<Class>. cxr score, train and the wizard read it as a data set,\n" +
			"cxr calibrate and validate as a table of scores. An answer of unsure is no label; where readers differ there is none\n" +
			"either, see --reader. The logits are those of the model that was answered last, or of --model.\n\n" +
			"With --lines it writes every answer with its history as JSON lines, which cxr answers import reads.\n\n" +
			"Unless --identified is given patients have pseudonyms, and JSON lines lack UIDs, file names and free text. The\n" +
			"table keeps the paths of the pictures: it would be no data set without them.",
		Example: "  cxr answers export --out labels.csv\n  cxr calibrate --scores labels.csv --out thresholds.json",
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return j.records.with(false, func(s *records.Store) error { return j.run(cmd, s) })
		},
	}
	j.records.register(cmd)
	j.outputs.Register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&j.out, "out", "", "file to write (default: standard output)")
	fl.StringVar(&j.reader, "reader", "", "only this reader's answers")
	fl.BoolVar(&j.lines, "lines", false, "write JSON lines instead of a table")
	fl.BoolVar(&j.identified, "identified", false, "keep the identity of patients")
	fl.StringVar(&j.model, "model", "", "model file whose logits to write (default: the model that was answered last)")
	return cmd
}

func (j *answersExport) run(cmd *cobra.Command, s *records.Store) error {
	if j.lines {
		n := 0
		err := j.outputs.ToFile(j.out, cmd.OutOrStdout(), func(w io.Writer) (err error) {
			n, err = s.ExportAnswers(cmd.Context(), w, records.AnswerFilter{Reader: j.reader}, j.identified)
			return err
		})
		if err == nil {
			p := cli.NewPrinter(cmd, false)
			p.Line(p.Errs, "%d answers", n)
		}
		return err
	}
	o := records.LabelOptions{Reader: j.reader, Identified: j.identified}
	if j.model != "" {
		src, err := inference.ReadSource(j.model, "")
		if err != nil {
			return err
		}
		sum := sha256.Sum256(src.ONNX)
		o.Model = records.ModelID{Name: src.Name, SHA256: hex.EncodeToString(sum[:])}
	}
	if j.out != "" {
		var err error
		if o.Folder, err = filepath.Abs(filepath.Dir(j.out)); err != nil {
			return err
		}
	}
	var report *records.LabelReport
	err := j.outputs.ToFile(j.out, cmd.OutOrStdout(), func(w io.Writer) (err error) {
		report, err = s.ExportLabels(cmd.Context(), w, o)
		return err
	})
	if err != nil {
		return err
	}
	p := cli.NewPrinter(cmd, false)
	p.Line(p.Errs, "%d pictures with %d labels of %d classes; logits of %s", report.Pictures, report.Labels,
		len(report.Classes), report.Model.Name)
	if report.Conflicts > 0 {
		p.Line(p.Errs, "! Readers differ on %d labels; these are left unknown. Choose one with --reader.",
			report.Conflicts)
	}
	if report.Unscored > 0 {
		p.Line(p.Errs, "! %d labels have no logit of this model; score their films for them to count in cxr calibrate.",
			report.Unscored)
	}
	return nil
}

func newAnswersImport() *cobra.Command {
	var f recordsFlag
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Add answers of another database, as cxr answers export --lines wrote them",
		Long: "import adds answers that are not there yet, all or none. Answers that were exported without --identified belong to\n" +
			"pictures without a DICOM identity: to join the work of two places on the same DICOM files export with it.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usage(message.New("name one file of answers"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := regular.Open(args[0])
			if err != nil {
				return message.Errorf("cannot read the answers: %w", err)
			}
			defer file.Close()
			return f.with(true, func(s *records.Store) error {
				report, err := s.ImportAnswers(cmd.Context(), file, args[0])
				if err == nil {
					p := cli.NewPrinter(cmd, false)
					p.Line(p.Out, "%d answers read, %d added", report.Read, report.Added)
				}
				return err
			})
		},
	}
	f.register(cmd)
	return cmd
}

func newAgreement() *cobra.Command {
	var f recordsFlag
	var reader string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "agreement",
		Short: "Sensitivity and specificity of the model against readers so far",
		Long: "agreement counts for each reader, and for each model with its thresholds, what the model said against what the\n" +
			"reader answered, a picture once, with score intervals of 95% (Wilson 1927).\n" + records.AgreementNote +
			"\n" + inference.NotForDiagnosis,
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.with(false, func(s *records.Store) error {
				list, err := s.Answers(cmd.Context(), records.AnswerFilter{Reader: reader})
				if err != nil {
					return err
				}
				p := cli.NewPrinter(cmd, asJSON)
				return printAgreement(p, records.AgreeOn(list))
			})
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&reader, "reader", "", "only this reader")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a reader and model")
	return cmd
}

func printAgreement(p *cli.Printer, list []records.Agreement) error {
	if len(list) == 0 && !p.JSON {
		p.Line(p.Out, "There are no answers yet.")
		return nil
	}
	for _, a := range list {
		if p.JSON {
			if err := p.Encode(struct {
				records.Agreement
				Note   string `json:"note"`
				Notice string `json:"notice"`
			}{a, records.AgreementNote, inference.NotForDiagnosis}); err != nil {
				return err
			}
			continue
		}
		p.Line(p.Out, "%s against %s (model %.12s, thresholds %.12s): %d answers", a.Model.Name, a.Reader,
			a.Model.SHA256, a.Model.Thresholds, a.Answers)
		t := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
		p.Line(t, "  class\tTP\tFN\tTN\tFP\tunsure\tsensitivity\tspecificity")
		for _, c := range a.Classes {
			p.Line(t, "  %s\t%d\t%d\t%d\t%d\t%d\t%s\t%s", c.Class, c.TP, c.FN, c.TN, c.FP, c.Unsure,
				proportionText(c.Sensitivity), proportionText(c.Specificity))
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	if !p.JSON {
		p.Line(p.Out, "%s\n%s", records.AgreementNote, message.Of(inference.NotForDiagnosis))
	}
	return nil
}

func proportionText(q records.Proportion) string {
	if q.N == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f (%.3f-%.3f)", q.Value, q.Lo, q.Hi)
}
