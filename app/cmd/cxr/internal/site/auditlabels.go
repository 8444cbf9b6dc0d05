package site

import (
	"encoding/csv"
	"io"
	"strconv"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/training/labelaudit"
	"hilum/training/scores"

	"github.com/spf13/cobra"
)

// NewAuditLabels is cxr audit-labels.
func NewAuditLabels(r cli.Registries) *cobra.Command {
	var s scoring
	var named, out string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "audit-labels (--scores FILE | --model M --data D) --out ranked.csv",
		Short: "List labels that are probably mistakes, the likeliest first",
		Long: "audit-labels holds the labels of a table of scores (see validate) against the scores, by confident learning, and writes all\n" +
			"labels in the order in which a reader should look at them: image, class, given, suggested, rank_score (0..1, low is\n" +
			"suspect). Where a model is named, or the table has the columns that score --features writes, a label that the most similar\n" +
			"films of other patients do not have ranks higher. The model must not have been trained on these films: it would have learnt\n" +
			"their mistakes. Nothing is corrected: that is for a reader.\n" + inference.NotForDiagnosis,
		Example: "  cxr audit-labels --scores scores.csv --out ranked.csv",
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return cli.Usage(message.New("no file to write was named; use --out"))
			}
			if err := s.outputs.Run().Check(out); err != nil { // scoring is long
				return err
			}
			s.features = true
			p := cli.NewPrinter(cmd, asJSON)
			path, done, err := s.table(cmd.Context(), named, p)
			defer done()
			if err != nil {
				return err
			}
			t, err := scores.Load(path)
			if err != nil {
				return err
			}
			found := labelaudit.Find(t)
			s.outputs.Run().Protect(path)
			err = s.outputs.ToFile(out, nil, func(w io.Writer) error { return writeSuspects(w, found, t.Features != nil) })
			if err != nil {
				return err
			}
			return printAudited(p, auditOf(found, out))
		},
	}
	s.register(cmd, r)
	s.outputs.Register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&named, "scores", "", "table of scores and labels, a CSV file")
	fl.StringVar(&out, "out", "", "table to write")
	fl.BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

// writeSuspects writes one label a row.
func writeSuspects(w io.Writer, found []labelaudit.Suspect, features bool) error {
	out := csv.NewWriter(w)
	header := []string{"image", "class", "given", "suggested", "rank_score"}
	if features {
		header = append(header, "neighbours")
	}
	if err := out.Write(header); err != nil {
		return err
	}
	for _, s := range found {
		image := s.Image
		if image == "" {
			image = "row " + strconv.Itoa(s.Row+1)
		}
		row := []string{image, s.Class, label(s.Given), label(s.Suggested), strconv.FormatFloat(s.Quality, 'g', -1, 64)}
		if features {
			row = append(row, strconv.FormatFloat(s.Neighbours, 'g', -1, 64))
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func label(positive bool) string {
	if positive {
		return "1"
	}
	return "0"
}

// auditedJSON ends cxr audit-labels --json.
type auditedJSON struct {
	Event   string             `json:"event"`
	Out     string             `json:"out"`
	Classes []auditedClassJSON `json:"classes"`
	Notice  string             `json:"notice"`
}

type auditedClassJSON struct {
	Class    string `json:"class"`
	Labels   int    `json:"labels"`   // that are known
	Suspects int    `json:"suspects"` // of which another is suggested
}

// auditOf counts by class, in the order of first appearance.
func auditOf(found []labelaudit.Suspect, out string) auditedJSON {
	r := auditedJSON{Event: "done", Out: out, Classes: []auditedClassJSON{}, Notice: inference.NotForDiagnosis}
	at := map[string]int{}
	for _, s := range found {
		i, known := at[s.Class]
		if !known {
			i = len(r.Classes)
			at[s.Class] = i
			r.Classes = append(r.Classes, auditedClassJSON{Class: s.Class})
		}
		r.Classes[i].Labels++
		if s.Given != s.Suggested {
			r.Classes[i].Suspects++
		}
	}
	return r
}

func printAudited(p *cli.Printer, r auditedJSON) error {
	if p.JSON {
		return p.Encode(r)
	}
	for _, c := range r.Classes {
		p.Line(p.Out, "%s: %d of %d labels are contradicted.", c.Class, c.Suspects, c.Labels)
	}
	return p.Print(p.Out, "Written to %s.\n%s", r.Out, message.Of(inference.NotForDiagnosis))
}
