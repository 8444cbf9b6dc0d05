package reading

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
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
		Long: "export writes what readers answered as a CSV table, one row a picture: path, patient_id, sex, age, view, date,\n" +
			"reader (the names of all who answered), a column a class with 1, 0 or nothing, and logit_<Class> with y_<Class>. cxr score, train and the wizard read it as a data set,\n" +
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
	var err error
	if j.reader, err = readerKey(cmd.Context(), s, j.reader); err != nil {
		return err
	}
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
		if o.Folder, err = filepath.Abs(filepath.Dir(j.out)); err != nil {
			return err
		}
	}
	var report *records.LabelReport
	err = j.outputs.ToFile(j.out, cmd.OutOrStdout(), func(w io.Writer) (err error) {
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
		Short: "The model against readers, and readers against each other, so far",
		Long: "agreement counts for each reader, and for each model with its thresholds, what the model said against what the\n" +
			"reader answered, a picture once: sensitivity and specificity with score intervals of 95% (Wilson 1927), and Cohen's\n" +
			"kappa with an interval of 95% (patients are drawn anew). Then it compares each two readers who answered the same\n" +
			"pictures, by kappa.\n\n" +
			"What was answered blinded, while the findings were hidden, stands apart from what was answered in sight of them:\n" +
			"whoever sees what a model says leans towards it (automation bias). An answer that a reader changed in sight of the\n" +
			"findings still counts as it was given blinded.\n" + inference.NotForDiagnosis,
		Example: "  cxr answers agreement\n  cxr answers agreement --reader \"Dr. Weber\" --json",
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.with(false, func(s *records.Store) error {
				key, err := readerKey(cmd.Context(), s, reader)
				if err != nil {
					return err
				}
				list, err := s.Answers(cmd.Context(), records.AnswerFilter{History: true})
				if err != nil {
					return err
				}
				p := cli.NewPrinter(cmd, asJSON)
				others := func(keys ...string) bool { return key != "" && !slices.Contains(keys, key) }
				model := slices.DeleteFunc(records.AgreeOn(list), func(a records.Agreement) bool { return others(a.Reader) })
				pairs := slices.DeleteFunc(records.CompareReaders(list),
					func(r records.ReaderPair) bool { return others(r.First, r.Second) })
				return errors.Join(printAgreement(p, model), printReaders(p, pairs), printNotice(p, len(list) > 0))
			})
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&reader, "reader", "", "only this reader")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a reader and model, then one a pair of readers")
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
			}{a, a.Note(), inference.NotForDiagnosis}); err != nil {
				return err
			}
			continue
		}
		if len(a.Classes) == 0 {
			p.Line(p.Out, "%s, %s: %d answers to films that no model had scored", a.Of(), way(a.Blinded), a.Answers)
			continue
		}
		p.Line(p.Out, "%s against %s, %s (model %.12s, thresholds %.12s): %d answers", a.Model.Name, a.Of(), way(a.Blinded),
			a.Model.SHA256, a.Model.Thresholds, a.Answers)
		p.Line(p.Out, "%s", message.Of(a.Note()))
		t := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
		p.Line(t, "  class\tTP\tFN\tTN\tFP\tunsure\tsensitivity\tspecificity\tkappa")
		for _, c := range a.Classes {
			p.Line(t, "  %s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s", c.Class, c.TP, c.FN, c.TN, c.FP, c.Unsure,
				proportionText(c.Sensitivity), proportionText(c.Specificity), kappaText(c.Kappa))
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// way is how answers were given, in words.
func way(blinded bool) message.Message {
	if blinded {
		return message.Of("blinded")
	}
	return message.Of("not blinded")
}

// printReaders prints readers against each other.
func printReaders(p *cli.Printer, list []records.ReaderPair) error {
	for _, r := range list {
		if p.JSON {
			if err := p.Encode(struct {
				records.ReaderPair
				Notice string `json:"notice"`
			}{r, inference.NotForDiagnosis}); err != nil {
				return err
			}
			continue
		}
		p.Line(p.Out, "%s and %s, %s:", r.Names[0], r.Names[1], way(r.Blinded))
		t := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
		p.Line(t, "  class\tboth\tfirst only\tsecond only\tneither\tunsure\tkappa")
		for _, c := range r.Classes {
			p.Line(t, "  %s\t%d\t%d\t%d\t%d\t%d\t%s", c.Class, c.Both, c.OnlyFirst, c.OnlySecond, c.Neither, c.Unsure,
				kappaText(c.Kappa))
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// printNotice ends the tables for people, where there are any.
func printNotice(p *cli.Printer, some bool) error {
	if !p.JSON && some {
		p.Line(p.Out, "%s", message.Of(inference.NotForDiagnosis))
	}
	return nil
}

func kappaText(k records.Kappa) string {
	switch {
	case !k.Defined:
		return "-"
	case !k.Drawn:
		return fmt.Sprintf("%.3f", k.Value)
	}
	return fmt.Sprintf("%.3f (%.3f-%.3f)", k.Value, k.Lo, k.Hi)
}

// readerKey is the key of a reader by name, "" for all.
func readerKey(ctx context.Context, s *records.Store, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	r, err := s.Roster().Find(ctx, name)
	return r.Key, err
}

func proportionText(q records.Proportion) string {
	if q.N == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f (%.3f-%.3f)", q.Value, q.Lo, q.Hi)
}
