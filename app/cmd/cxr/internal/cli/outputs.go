package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"hilum/internal/atomicfile"
	"hilum/internal/filename"
	"hilum/internal/plain"
)

// Outputs are the files that a command leaves. Nothing that it did not write itself
// is replaced without --overwrite.
type Outputs struct {
	Overwrite bool
	files     *atomicfile.Outputs
}

const OverwriteUsage = "replace files that are there already"

// Register adds the flag to a command.
func (o *Outputs) Register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.Overwrite, "overwrite", false, OverwriteUsage)
}

// Run is the files of this run of the command.
func (o *Outputs) Run() *atomicfile.Outputs {
	if o.files == nil {
		o.files = atomicfile.Overwriting(o.Overwrite)
	}
	return o.files
}

// PartOf makes words into a part of a file's name.
func PartOf(words string) string { return filename.Part(words) }

// Stem is the name of a picture without its folder and ending, as a part of the
// name of what is made of it.
func Stem(path string) string {
	base := filepath.Base(path)
	return PartOf(strings.TrimSuffix(base, filepath.Ext(base)))
}

// terminal gives the terminal behind a stream, for the program's own commands to
// it; ok is false where there is none.
func terminal(w io.Writer) (io.Writer, bool) {
	if p, wrapped := w.(*plain.Writer); wrapped {
		w = p.Unwrap()
	}
	f, ok := w.(*os.File)
	return w, ok && term.IsTerminal(int(f.Fd()))
}

// ToFile writes a file whole, or to out when no file is named.
func (o *Outputs) ToFile(path string, out io.Writer, write func(io.Writer) error) error {
	if path == "" {
		return write(out)
	}
	_, err := o.Run().Write(path, write)
	return err
}
