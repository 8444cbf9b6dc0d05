package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"hilum/app"
	"hilum/dicomio"
)

func newDicom() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "dicom FILE...",
		Short: "Print the attributes of DICOM files and a fingerprint of their pixels",
		Args:  atLeastOne("DICOM file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p := newPrinter(cmd.OutOrStdout(), cmd.ErrOrStderr(), asJSON)
			failed := false
			for _, path := range args {
				in, err := dicomio.Inspect(cmd.Context(), path)
				switch {
				case cmd.Context().Err() != nil:
					return cmd.Context().Err()
				case err != nil:
					failed = true
					p.failure(path, err)
				case asJSON:
					err = p.encode(in)
				default:
					err = p.inspection(in)
				}
				if err != nil && !failed {
					return err
				}
			}
			if failed {
				return errReported
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

func (p *printer) inspection(in *dicomio.Inspection) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", in.Path, in.TransferSyntax)
	for _, w := range in.Warnings {
		fmt.Fprintf(&b, "! %s\n", w)
	}
	for _, a := range in.Attributes {
		fmt.Fprintf(&b, "%s%s %-2s %-32s %s\n", strings.Repeat("  ", a.Depth), a.Tag, a.VR, a.Name, a.Value)
	}
	x := in.Pixels
	fmt.Fprintf(&b, "pixels: %d x %d, %d frame(s), %d sample(s), %d bits, signed %v, sha256 %s\n", x.Columns, x.Rows, x.Frames, x.Samples, x.BitsStored, x.Signed, x.SHA256)
	_, err := p.out.Write([]byte(b.String()))
	return err
}

func newAnonymise() *cobra.Command {
	var o dicomio.AnonymiseOptions
	var blank []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "anonymise IN OUT",
		Short: "Remove the identity of patients from DICOM files",
		Long: "anonymise writes copies of a DICOM file, or of all in a folder, without the identity of the patient, by the Basic\n" +
			"Application Level Confidentiality Profile of DICOM PS3.15. The originals are not touched. Text that was burnt into\n" +
			"the picture is removed only where --blank names it.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usageError{errors.New("name the input and the output")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, text := range blank {
				var b dicomio.Box
				if _, err := fmt.Sscanf(text, "%d,%d,%d,%d", &b.X, &b.Y, &b.Width, &b.Height); err != nil {
					return usageError{fmt.Errorf("box %q is not of the form x,y,width,height", text)}
				}
				o.Blank = append(o.Blank, b)
			}
			reports, err := dicomio.Anonymise(cmd.Context(), args[0], args[1], o)
			if err != nil {
				return err
			}
			p := newPrinter(cmd.OutOrStdout(), cmd.ErrOrStderr(), asJSON)
			return p.anonymised(reports)
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&o.KeepCharacteristics, "keep-characteristics", false, "keep sex, age, size and weight")
	fl.StringArrayVar(&blank, "blank", nil, "paint a box of pixels black: x,y,width,height (may be repeated)")
	fl.BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

// anonymised prints what was done to each file.
func (p *printer) anonymised(reports []dicomio.AnonymiseReport) error {
	failed := false
	for _, r := range reports {
		switch {
		case r.Err != nil:
			failed = true
			p.failure(r.In, r.Err)
		case p.json:
			if err := p.encode(r); err != nil {
				return err
			}
		default:
			fmt.Fprintf(p.out, "%s -> %s: %d attributes removed, %d emptied, %d replaced, %d boxes blanked\n",
				r.In, r.Out, len(r.Removed), len(r.Emptied), len(r.Replaced), r.Blanked)
			for _, w := range r.Warnings {
				fmt.Fprintf(p.out, "! %s\n", app.Sentence(errors.New(w)))
			}
		}
	}
	if failed {
		return errReported
	}
	return nil
}
