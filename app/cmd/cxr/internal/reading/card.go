package reading

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/lab/passport"
	"hilum/app/models"
	"hilum/inference"
	"hilum/inference/findingset"
	"hilum/inference/graph"
	"hilum/inference/graph/normal"
	"hilum/internal/message"
	"hilum/training/report"

	"github.com/spf13/cobra"
)

// cardJob is one run of cxr card.
type cardJob struct {
	out, report string
	passport    string // folder
	texts       []cardText
	half        bool
	findings    string // what the labels mean: the name of a set or a file
	sets        cli.Registries
	json        bool
	outputs     cli.Outputs
}

// cardText is a line of the card that a flag replaces.
type cardText struct {
	flag, usage string
	value       string
	of          func(*inference.Card) *string
}

func cardTexts() []cardText {
	return []cardText{
		{flag: "name", usage: "what the model is called", of: func(c *inference.Card) *string { return &c.Name }},
		{flag: "description", usage: "what it is and how it was made",
			of: func(c *inference.Card) *string { return &c.Description }},
		{flag: "trained-on", usage: "the films it was trained on",
			of: func(c *inference.Card) *string { return &c.Data }},
		{flag: "licence", usage: "licence of the weights", of: func(c *inference.Card) *string { return &c.Licence }},
		{flag: "use", usage: "intended use", of: func(c *inference.Card) *string { return &c.IntendedUse }},
	}
}

// NewCard is cxr card.
func NewCard(r cli.Registries) *cobra.Command {
	j := &cardJob{texts: cardTexts(), sets: r}
	cmd := &cobra.Command{
		Use:   "card MODEL.onnx [--out M.onnx --report DIR ...]",
		Short: "Show what a model says of itself, or write it anew",
		Long: "card prints the card of a model: what it was trained on, how well it does and with what licence. With --out it\n" +
			"writes the model with another card: its texts from flags, its figures from the folder of a report of cxr validate, what\n" +
			"shortcuts it takes from that of cxr passport; with --half also with weights of half the size.\n" + inference.NotForDiagnosis,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usage(message.New("name one model"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return j.run(cmd, args[0]) },
	}
	fl := cmd.Flags()
	fl.StringVar(&j.out, "out", "", "model file to write")
	fl.StringVar(&j.findings, "findings", "", "what its labels mean: %s, or a file that describes a set of your own")
	cli.Names(fl, "findings", strings.Join(r.Findings.Names(), ", "))
	fl.BoolVar(&j.half, "half", false, "store the weights as 16-bit floats: half the size, three digits")
	fl.StringVar(&j.report, "report", "", "folder of a report, for the figures")
	fl.StringVar(&j.passport, "passport", "", "folder of a passport, for the shortcuts that the model takes")
	for i := range j.texts {
		fl.StringVar(&j.texts[i].value, j.texts[i].flag, "", j.texts[i].usage)
	}
	fl.BoolVar(&j.json, "json", false, "print one JSON object")
	j.outputs.Register(cmd)
	return cmd
}

func (j *cardJob) run(cmd *cobra.Command, path string) error {
	m, err := readModel(path)
	if err != nil {
		return err
	}
	spec, has, err := inference.ReadSpec(m, inference.Spec{})
	if err != nil {
		return message.Errorf("%s: %w", path, err)
	}
	if !has {
		return message.Errorf("%s carries no card; cxr import gives it one", path)
	}
	changed, err := j.change(cmd, &spec)
	if err != nil {
		return err
	}
	if changed != (j.out != "") {
		return cli.Usage(message.New("--out goes with what is to be changed: --half, --findings, --report, --passport, --name, --description, --trained-on, --licence or --use"))
	}
	if changed {
		if err := spec.Stamp(m); err != nil {
			return err
		}
		if j.half {
			if _, err := normal.HalveWeights(m); err != nil {
				return message.Errorf("%s: %w", path, err)
			}
		}
		j.outputs.Run().Protect(path)
		if _, err := j.outputs.Run().Write(j.out,
			func(w io.Writer) error { _, err := m.WriteTo(w); return err }); err != nil {
			return err
		}
	}
	p := cli.NewPrinter(cmd, j.json)
	if p.JSON {
		return p.Encode(spec.Card)
	}
	return printCard(p, spec, spec.Vocabulary(j.sets.Findings))
}

// readModel reads a file, or a model that comes along, by its name.
func readModel(path string) (*graph.Model, error) {
	if models.FromFile(path) {
		return graph.ReadFile(path)
	}
	src, err := models.Choice{Path: path}.Source()
	if err != nil {
		return nil, err
	}
	return graph.Decode(src.ONNX)
}

// change brings the flags into the card and says whether there were any.
func (j *cardJob) change(cmd *cobra.Command, s *inference.Spec) (changed bool, err error) {
	c := &s.Card
	changed = j.half || j.findings != ""
	if j.findings != "" {
		if s.Findings, err = j.sets.Recorded(j.findings); err != nil {
			return false, err
		}
	}
	for _, t := range j.texts {
		if cmd.Flags().Changed(t.flag) {
			*t.of(c), changed = t.value, true
		}
	}
	if j.report != "" {
		r, err := report.Open(j.report)
		if err != nil {
			return false, err
		}
		r.Measure(c)
		c.Date, changed = time.Now().UTC().Format(time.DateOnly), true
	}
	if j.passport != "" {
		p, err := passport.Open(j.passport)
		if err != nil {
			return false, err
		}
		c.Passport, changed = p.Card(), true
	}
	return changed, nil
}

func printCard(p *cli.Printer, s inference.Spec, findings findingset.Set) error {
	t, w := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0), p.Words
	line := func(heading, text string) {
		if text != "" {
			fmt.Fprintf(t, "%s\t%s\n", heading, text)
		}
	}
	c := s.Card
	line(w.Say("Name"), c.Name)
	line(w.Say("About the model"), c.Description)
	line(w.Say("Trained on"), c.Data)
	line(w.Say("Licence"), c.Licence)
	line(w.Say("Intended use"), c.IntendedUse)
	line(w.Say("Date"), c.Date)
	line(w.Say("Findings"), w.Text(findingsWords(findings, s.Classes)))
	if c.MacroAUC != nil {
		fmt.Fprintln(t, "\t")
		line(w.Say("AUROC, mean"), cli.Measured(w, *c.MacroAUC))
	}
	for _, class := range s.Classes {
		if m, ok := c.AUC[class]; ok {
			line(class, w.Say("%s, %d positive of %d", cli.Measured(w, m), m.Positive, m.Positive+m.Negative))
		}
	}
	for _, class := range s.Classes {
		if _, ok := c.AUC[class]; !ok {
			line(class, w.Say("not measured"))
		}
	}
	if c.ECE != nil {
		line(w.Say("Calibration error"), w.Say("%.3f, mean of the classes", *c.ECE))
	}
	if c.Pointing != nil {
		line(w.Say("Strongest evidence in the box"), cli.Measured(w, *c.Pointing))
	}
	if c.PointingPrior != nil {
		line(w.Say("The same of a map that sees no picture"), cli.Measured(w, *c.PointingPrior))
	}
	if v := c.Maps; v != nil {
		line(w.Say("Class maps that pass every check"), w.Say("%s, of %d films", cli.Measured(w, v.Passed), v.Images))
		for _, k := range v.Checks {
			line(w.Say(k.Title), cli.Measured(w, k.Passed))
		}
	}
	if v := c.Passport; v != nil {
		line(w.Say("Shortcuts"), w.Say("measured on %d films of %s", v.Images, v.Source))
		for _, s := range passport.Sentences(v) {
			fmt.Fprintf(t, "\t%s\n", w.Text(s))
		}
	}
	fmt.Fprintf(t, "\t\n%s\n", w.Say(inference.NotForDiagnosis))
	return t.Flush()
}

// findingsWords say which set of findings the labels are of, and how many it has.
func findingsWords(set findingset.Set, labels []string) message.Message {
	known := 0
	for _, l := range labels {
		if _, ok := set.Label(l); ok {
			known++
		}
	}
	switch {
	case set.Name == findingset.General().Name:
		return message.Of("of no set that is known; %d of %d labels are known in general", known, len(labels))
	case set.Version != "":
		return message.Of("%s (%s, version %s), which has %d of %d labels", set.Title, set.Name, set.Version, known,
			len(labels))
	}
	return message.Of("%s (%s), which has %d of %d labels", set.Title, set.Name, known, len(labels))
}
