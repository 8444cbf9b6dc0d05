// Package dicom holds the commands of cxr that show, clean and make files of pictures:
// dicom, anonymise, phantom.
package dicom

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/dicomio/deidentify"
	"hilum/dicomio/inspect"
	"hilum/internal/message"
	"hilum/internal/plain"
)

// New is cxr dicom.
func New() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "dicom FILE...",
		Short: "Print the attributes of DICOM files and a fingerprint of their pixels",
		Args:  cli.AtLeastOne("DICOM file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p := cli.NewPrinter(cmd, asJSON)
			failed := false
			for _, path := range args {
				in, err := inspect.File(cmd.Context(), path)
				switch {
				case cmd.Context().Err() != nil:
					return cmd.Context().Err()
				case err != nil:
					failed = true
					p.Failure(path, err)
				case asJSON:
					err = p.Encode(in)
				default:
					err = printInspection(p, in)
				}
				if err != nil && !failed {
					return err
				}
			}
			if failed {
				return cli.ErrReported
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

func printInspection(p *cli.Printer, in *inspect.Inspection) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", plain.Text(in.Path), in.TransferSyntax)
	for _, w := range in.Warnings {
		fmt.Fprintf(&b, "! %s\n", p.Words.Text(w))
	}
	for _, a := range in.Attributes {
		fmt.Fprintf(&b, "%s%s %-2s %-32s %s\n", strings.Repeat("  ", a.Depth), a.Tag, a.VR, a.Name, plain.Text(a.Value))
	}
	x := in.Pixels
	b.WriteString(p.Words.Say("pixels: %d x %d, %d frame(s), %d sample(s), %d bits, signed %v, sha256 %s", x.Columns,
		x.Rows,
		x.Frames, x.Samples, x.BitsStored, x.Signed, x.SHA256) + "\n")
	_, err := p.Out.Write([]byte(b.String()))
	return err
}

// anonymiseRun is one run of cxr anonymise.
type anonymiseRun struct {
	job     deidentify.Job
	blank   []string
	outputs cli.Outputs
	json    bool
}

// NewAnonymise is cxr anonymise.
func NewAnonymise() *cobra.Command {
	var j anonymiseRun
	cmd := &cobra.Command{
		Use:   "anonymise IN OUT",
		Short: "Remove the identity of patients from DICOM files",
		Long: "anonymise writes copies of a DICOM file, or of all in a folder, without the identity of the patient, by the Basic\n" +
			"Application Level Confidentiality Profile of DICOM PS3.15. The originals are not touched. Text that was burnt into\n" +
			"the picture is removed only where --blank names it; --no-text-left says that somebody looked and none is left.\n" +
			"What is no picture in the pixel data goes too; the pictures stay to the last bit.\n\n" +
			"What became of each file is printed as it goes and, for a folder, written into a journal beside the output folder.\n" +
			"The journal tells whose films these are: keep it from whoever gets them.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return cli.Usage(message.New("name the input and the output"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			j.job.In, j.job.Out, j.job.Overwrite = args[0], args[1], j.outputs.Overwrite
			return j.run(cmd)
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&j.job.Options.KeepCharacteristics, "keep-characteristics", false, "keep sex, age, size and weight")
	fl.StringArrayVar(&j.blank, "blank", nil, "paint a box of pixels black: x,y,width,height (may be repeated)")
	fl.BoolVar(&j.job.Options.NoTextLeft, "no-text-left", false,
		"say that no text is burnt into the pictures, beside what --blank covers: somebody looked at them")
	fl.StringVar(&j.job.Journal, "journal", "", "file for the journal of a folder (default: beside the output folder)")
	j.outputs.Register(cmd)
	fl.BoolVar(&j.json, "json", false, "print one JSON object a line")
	return cmd
}

func (j *anonymiseRun) run(cmd *cobra.Command) error {
	for _, text := range j.blank {
		b, err := deidentify.ParseRegion(text)
		if err != nil {
			return cli.Usage(err)
		}
		j.job.Options.Redact = append(j.job.Options.Redact, b)
	}
	p := cli.NewPrinter(cmd, j.json)
	var failed, written int
	var broken error // the output that nobody reads
	j.job.OnFile = func(r deidentify.Report) {
		if r.Err != nil {
			failed++
			p.Failure(r.In, r.Err)
			return
		}
		written++
		if err := printAnonymised(p, r); err != nil && broken == nil {
			broken = err
		}
	}
	s, err := j.job.Run(cmd.Context())
	if s.Journal != "" {
		p.Line(p.Errs, "%d files were written. What became of what is in %s; it tells whose films these are, so keep it apart from them.",
			written, plain.Text(s.Journal))
	}
	switch {
	case err != nil:
		return err
	case failed > 0:
		return cli.ErrReported
	}
	return broken
}

// printAnonymised prints what was done to a file.
func printAnonymised(p *cli.Printer, r deidentify.Report) error {
	if p.JSON {
		return p.Encode(r)
	}
	p.Line(p.Out, "%s -> %s: %d attributes removed, %d emptied, %d replaced, %d boxes blanked",
		plain.Text(r.In), plain.Text(r.Out), len(r.Removed), len(r.Emptied), len(r.Replaced), r.Blanked)
	if len(r.Cleaned) > 0 {
		p.Line(p.Out, "  taken out of the pixel data: %s", strings.Join(r.Cleaned, ", "))
	}
	for _, w := range r.Warnings {
		p.Line(p.Out, "! %s", p.Words.Sentence(message.Errorf("%s", w)))
	}
	return nil
}
