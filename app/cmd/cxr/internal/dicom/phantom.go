package dicom

import (
	"bytes"
	"fmt"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/radiograph"
	"hilum/dicomio/derived"
	"hilum/internal/message"
	"hilum/internal/phantom"
)

// phantomFlags are what the command line says besides the fields of a data set.
type phantomFlags struct {
	confounders []string
	dicom       string // photometric interpretation, "" for PNG
	json        bool
}

// NewPhantom is cxr phantom.
func NewPhantom() *cobra.Command {
	var d phantom.Dataset
	var f phantomFlags
	cmd := &cobra.Command{
		Use:   "phantom --out DIR --n N",
		Short: "Draw phantom chest films with known findings as a data set",
		Long: "phantom draws chest films by simple physics, with findings at known places, and writes them in the layout of\n" +
			"NIH ChestX-ray14: images/, the table of labels, the lists of a split by patient, and the boxes. Beside them lie\n" +
			"follow_ups.csv (dates, and what each finding did since the film before) and confounders.csv (boxes of what is on a\n" +
			"film but is no disease). The same seed gives the same bytes.\n\n" +
			"--confounder KIND:FINDING:P:Q shows a confounder on films with the finding with chance P and on the others with\n" +
			"chance Q. Kinds: text (a word in the corner), drain (a chest drain), hospital (portable film of another department).",
		Example: "  cxr phantom --out films --n 200 --followups 2\n" +
			"  cxr phantom --out films --n 20 --size 2500 --height 3000 --dicom\n" +
			"  cxr phantom --out biased --n 2000 --confounder text:Mass:0.9:0.1",
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if d.Dir == "" {
				return cli.Usage(message.Errorf("no folder was named; use --out"))
			}
			if err := f.apply(&d); err != nil {
				return cli.Usage(err)
			}
			p := cli.NewPrinter(cmd, f.json)
			err := phantom.WriteDataset(cmd.Context(), d, func(done, total int) { printImages(p, done, total) })
			p.End()
			if err != nil {
				return err
			}
			return printWritten(p, d)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&d.Dir, "out", "", "folder to write to")
	fl.BoolVar(&d.Overwrite, "overwrite", false, cli.OverwriteUsage)
	fl.IntVar(&d.N, "n", 100, "number of films")
	fl.Uint64Var(&d.Seed, "seed", 1, "seed: the same seed gives the same bytes")
	fl.IntVar(&d.Size, "size", 512, "pixels across")
	fl.IntVar(&d.Height, "height", 0, "pixels down; 0 is as many as across")
	fl.IntVar(&d.FollowUps, "followups", 0, "films of each patient after the first; 0 draws none to three")
	fl.StringArrayVar(&f.confounders, "confounder", nil,
		"tie a confounder to a finding, as in text:Mass:0.9:0.1; may be repeated")
	fl.StringVar(&f.dicom, "dicom", "", "write 12-bit DICOM files instead of PNG: mono2, or mono1 for inverted values")
	fl.Lookup("dicom").NoOptDefVal = "mono2"
	fl.BoolVar(&f.json, "json", false, "print one JSON object")
	return cmd
}

// apply turns the flags into fields of the data set, and checks them all.
func (f phantomFlags) apply(d *phantom.Dataset) error {
	for _, s := range f.confounders {
		c, err := phantom.ParseConfounder(s)
		if err != nil {
			return err
		}
		d.Confounders = append(d.Confounders, c)
	}
	switch f.dicom {
	case "":
	case "mono1", "mono2":
		inverse := f.dicom == "mono1"
		d.Format = &phantom.Format{Ending: ".dcm",
			Encode: func(s phantom.Exam) ([]byte, error) { return phantomDICOM(s, inverse) }}
	default:
		return message.Errorf("--dicom %s is unknown; use mono1 or mono2", f.dicom)
	}
	return d.Check()
}

// phantomDICOM gives the bytes of a DICOM file. Patients of one data set have
// one name each, so their films come together as priors and follow-ups.
func phantomDICOM(s phantom.Exam, inverse bool) ([]byte, error) {
	im := radiograph.PhantomImage(s.Image, inverse)
	st := &im.Header
	st.PatientID = fmt.Sprintf("PHANTOM-%d-%08d", s.Seed, s.Patient)
	st.PatientName = fmt.Sprintf("PHANTOM^%08d", s.Patient)
	st.StudyDate, st.StudyTime = s.Date.Format("20060102"), "090000"
	st.Accession = fmt.Sprintf("%08d-%03d", s.Patient, s.Number)
	var b bytes.Buffer
	err := derived.WriteImage(&b, im)
	return b.Bytes(), err
}

// printImages shows how far the drawing is.
func printImages(p *cli.Printer, done, total int) {
	if p.Progress {
		p.ShowProgress("%d of %d films", done, total)
	}
}

func printWritten(p *cli.Printer, d phantom.Dataset) error {
	if p.JSON {
		return p.Encode(map[string]any{"event": "done", "out": d.Dir, "films": d.N, "seed": d.Seed, "size": d.Size})
	}
	err := p.Print(p.Out, "%d films are in %s.", d.N, d.Dir)
	return err
}
