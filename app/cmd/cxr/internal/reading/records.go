package reading

import (
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/records"
	"hilum/app/settings"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// recordsFlag names the database of answers, annotations and the audit log.
type recordsFlag struct{ path string }

func (f *recordsFlag) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.path, "records", "",
		"database of answers, annotations and the audit log (default: the one of the window)")
}

// file is the database's path.
func (f *recordsFlag) file() (string, error) {
	if f.path != "" {
		return f.path, nil
	}
	return settings.RecordsPath(settings.Load(settings.PreferencesDir()))
}

// with opens the database for g. Without create it must be there already: a
// wrong path would otherwise be an empty database.
func (f *recordsFlag) with(create bool, g func(s *records.Store) error) (err error) {
	path, err := f.file()
	if err != nil {
		return err
	}
	if _, statErr := os.Stat(path); statErr != nil && !create {
		return message.Errorf("there are no records at %s; name the database with --records", path)
	}
	s := records.New(path)
	defer func() { err = errors.Join(err, s.Close()) }()
	return g(s)
}

// NewAudit is cxr audit.
func NewAudit() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Export and check the log of what was opened, scored, shown and answered",
		Long: "The log is a chain: each entry holds the hash of the one before, so an entry that was changed, taken out or put in\n" +
			"shows. That its end was cut off shows only against the hash of a last entry that was noted before, see --head.",
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAuditExport(), newAuditVerify())
	return cmd
}

func newAuditExport() *cobra.Command {
	var f recordsFlag
	var out string
	var asCSV bool
	var o cli.Outputs
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the log as JSON lines or CSV",
		Long: "export writes the log as JSON lines: each line is an entry and ends with its hash, the SHA-256 of the line without\n" +
			"that last member, so any program can check the chain. With --csv it writes a table. The log names files and\n" +
			"patients as they were opened.",
		Example: "  cxr audit export --out log.jsonl\n  cxr audit verify log.jsonl",
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.with(false, func(s *records.Store) error {
				var state records.AuditState
				err := o.ToFile(out, cmd.OutOrStdout(), func(w io.Writer) (err error) {
					state, err = s.ExportAudit(cmd.Context(), w, asCSV)
					return err
				})
				if err == nil {
					p := cli.NewPrinter(cmd, false)
					p.Line(p.Errs, "%d entries, the last has the hash %s", state.Entries, state.Head)
				}
				return err
			})
		},
	}
	f.register(cmd)
	o.Register(cmd)
	cmd.Flags().StringVar(&out, "out", "", "file to write (default: standard output)")
	cmd.Flags().BoolVar(&asCSV, "csv", false, "write a table instead of JSON lines")
	return cmd
}

func newAuditVerify() *cobra.Command {
	var f recordsFlag
	var head string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify [FILE]",
		Short: "Check the chain of the log, in the database or in an exported file",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return cli.Usage(message.New("name one exported log, or none for the database"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var state records.AuditState
			err := f.verify(cmd, args, head, &state)
			if err != nil {
				return err
			}
			p := cli.NewPrinter(cmd, asJSON)
			if asJSON {
				return p.Encode(state)
			}
			p.Line(p.Out, "The log is whole: %d entries, the last has the hash %s", state.Entries, state.Head)
			return nil
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&head, "head", "", "hash of an entry that was noted before and must still be there")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (f *recordsFlag) verify(cmd *cobra.Command, args []string, head string, state *records.AuditState) error {
	if len(args) == 0 {
		return f.with(false, func(s *records.Store) (err error) {
			*state, err = s.VerifyAudit(cmd.Context(), head)
			return err
		})
	}
	file, err := regular.Open(args[0])
	if err != nil {
		return message.Errorf("cannot read the log: %w", err)
	}
	defer file.Close()
	if *state, err = records.VerifyExport(file, head); err != nil {
		return message.Errorf("%s: %w", args[0], err)
	}
	return nil
}
