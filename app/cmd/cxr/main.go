// Command cxr does Hilum's work without a window: it scores chest films, draws
// class maps, generates phantoms and says what the machine can do.
//
// Exit codes: 0 all went well; 1 something failed, or some files did; 2 the
// command line was wrong; 130 interrupted.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/plain"
	"hilum/internal/version"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	dicomio.RunCodecChild() // this process may be a decoder that another one started
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// run executes a command line and gives its exit code. All that is printed passes
// through plain.Writer: names, labels and header values may hold escape codes.
func run(ctx context.Context, args []string) int { return runWith(ctx, args, builtIn()) }

// runWith is run with other lists than those that come along.
func runWith(ctx context.Context, args []string, r registries) int {
	root := newRoot(r)
	root.SetArgs(args)
	out, errs := plain.NewWriter(os.Stdout), plain.NewWriter(os.Stderr)
	root.SetOut(out)
	root.SetErr(errs)
	defer func() { _ = errors.Join(out.Flush(), errs.Flush()) }()
	err := root.ExecuteContext(ctx)
	words := asked(root)
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil:
		fmt.Fprintln(root.ErrOrStderr(), words.Say("Interrupted."))
		return exitInterrupted
	case errors.Is(err, errReported):
		return exitFailed
	case errors.As(err, &usage):
		fmt.Fprintf(root.ErrOrStderr(), "%s\n%s\n", words.Sentence(err), words.Say("See cxr --help."))
		return exitUsage
	}
	fmt.Fprintln(root.ErrOrStderr(), words.Sentence(err))
	return exitFailed
}

// errReported is returned by a command that has said itself what went wrong.
var errReported = message.New("reported already")

// usageError marks a mistake in the command line.
type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

// newRoot builds the commands from lists of what there is to choose from.
func newRoot(r registries) *cobra.Command {
	root := &cobra.Command{
		Use:   "cxr",
		Short: "Score chest X-rays without a window",
		Long: "cxr scores chest X-rays, draws class maps and generates phantom films, offline.\n\n" + inference.NotForDiagnosis + "\n\n" +
			"Exit codes: 0 all well, 1 something failed or some files did, 2 wrong command line, 130 interrupted.",
		Version:       version.Number,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{message.Errorf("there is no command %q", args[0])}
			}
			return cmd.Help()
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	addLanguage(root)
	root.AddCommand(newInfer(r), newDoctor(r), newPhantom(), newDicom(), newAnonymise(), newValidate(r), newCalibrate(r), newImport(r), newCam(r), newScore(r), newFamiliarise(r), newTrain(r), newGraph(), newCard(r),
		newWorklist(r), newReport(r), newExport(r), newAnswers(), newAudit(), newLab(r), newTable())
	return root
}

// atLeastOne is the argument check of commands that take paths.
func atLeastOne(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usageError{message.Errorf("no %s was named", what)}
		}
		return nil
	}
}

// noArgs is the argument check of commands that take none.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{message.Errorf("unexpected argument %q", args[0])}
	}
	return nil
}
