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

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/cmd/cxr/internal/dicom"
	"hilum/app/cmd/cxr/internal/lab"
	"hilum/app/cmd/cxr/internal/machine"
	"hilum/app/cmd/cxr/internal/network"
	"hilum/app/cmd/cxr/internal/reading"
	"hilum/app/cmd/cxr/internal/site"
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
func run(ctx context.Context, args []string) int { return runWith(ctx, args, cli.BuiltIn()) }

// runWith is run with other lists than those that come along.
func runWith(ctx context.Context, args []string, r cli.Registries) int {
	root := newRoot(r)
	root.SetArgs(args)
	out, errs := plain.NewWriter(os.Stdout), plain.NewWriter(os.Stderr)
	root.SetOut(out)
	root.SetErr(errs)
	defer func() { _ = errors.Join(out.Flush(), errs.Flush()) }()
	err := root.ExecuteContext(ctx)
	words := cli.Asked(root)
	var usage cli.UsageError
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil:
		fmt.Fprintln(root.ErrOrStderr(), words.Say("Interrupted."))
		return exitInterrupted
	case errors.Is(err, cli.ErrReported):
		return exitFailed
	case errors.As(err, &usage):
		fmt.Fprintf(root.ErrOrStderr(), "%s\n%s\n", words.Sentence(err), words.Say("See cxr --help."))
		return exitUsage
	}
	fmt.Fprintln(root.ErrOrStderr(), words.Sentence(err))
	return exitFailed
}

// newRoot builds the commands from lists of what there is to choose from.
func newRoot(r cli.Registries) *cobra.Command {
	root := &cobra.Command{
		Use:           "cxr",
		Short:         "Score chest X-rays without a window",
		Version:       version.Number,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return cli.Usage(message.Errorf("there is no command %q", args[0]))
			}
			return cmd.Help()
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return cli.Usage(err) })
	cli.AddLanguage(root)
	cli.Explain(root, message.Of("cxr scores chest X-rays, draws class maps and generates phantom films, offline."),
		"\n\n",
		message.Of(inference.NotForDiagnosis), "\n\n",
		message.Of("Exit codes: 0 all well, 1 something failed or some files did, 2 wrong command line, 130 interrupted."))
	root.AddCommand(
		reading.NewInfer(r), reading.NewCam(r), reading.NewWorklist(r), reading.NewReport(r), reading.NewExport(r),
		reading.NewCard(r),
		reading.NewAnswers(), reading.NewAudit(), reading.NewMonitor(r),
		site.NewImport(r), site.NewScore(r), site.NewTrain(r), site.NewCalibrate(r), site.NewValidate(r),
		site.NewFamiliarise(r), site.NewTable(), site.NewAuditLabels(r), site.NewDeployments(), site.NewDossier(r),
		network.NewPACS(), network.NewNode(r),
		lab.New(r), lab.NewPassport(r), dicom.NewPhantom(), dicom.New(), dicom.NewAnonymise(),
		machine.NewDoctor(r), machine.NewGraph(r),
	)
	return root
}
