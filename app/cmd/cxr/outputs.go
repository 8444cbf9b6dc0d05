package main

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

// outputs are the files that a command leaves. Nothing that it did not write itself
// is replaced without --overwrite.
type outputs struct {
	overwrite bool
	files     *atomicfile.Outputs
}

const overwriteUsage = "replace files that are there already"

func (o *outputs) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.overwrite, "overwrite", false, overwriteUsage)
}

// run is the files of this run of the command.
func (o *outputs) run() *atomicfile.Outputs {
	if o.files == nil {
		o.files = atomicfile.Overwriting(o.overwrite)
	}
	return o.files
}

// partOf makes words into a part of a file's name.
func partOf(words string) string { return filename.Part(words) }

// stem is the name of a picture without its folder and ending, as a part of the
// name of what is made of it.
func stem(path string) string {
	base := filepath.Base(path)
	return partOf(strings.TrimSuffix(base, filepath.Ext(base)))
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
