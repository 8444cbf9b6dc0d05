package network

import (
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/servers"
	"hilum/app/settings"
	"hilum/dicomio/pacs"
	"hilum/internal/message"
	"hilum/internal/plain"
)

// book is the servers that the reader keeps.
func book() servers.Book { return servers.In(settings.PreferencesDir()) }

// openServer makes a server of an address, or of the name of one that is kept. A login that
// is given goes before the one in the keyring.
func openServer(named string, o pacs.Options) (pacs.Server, error) {
	address := named
	if !strings.Contains(named, "://") {
		kept, err := book().Named(named)
		if err != nil {
			return nil, cli.Usage(message.Errorf("%w; name one of cxr pacs kept, or an address", err))
		}
		address = kept.Address
		o = withKept(o, kept)
		if o.Login == (pacs.Login{}) {
			login, err := servers.Login(address)
			if err != nil && o.Warn != nil { // the server may want none
				o.Warn(message.Sentence(err))
			}
			o.Login = login
		}
	}
	s, err := pacs.Open(address, o)
	if err != nil {
		return nil, cli.Usage(err)
	}
	return s, nil
}

// withKept fills in from a kept server what no flag says.
func withKept(o pacs.Options, kept servers.Server) pacs.Options {
	if o.Authorities == "" {
		o.Authorities = kept.Authorities
	}
	if o.Certificate == "" {
		o.Certificate, o.Key = kept.Certificate, kept.Key
	}
	if o.MovePort == 0 {
		o.MovePort = kept.MovePort
	}
	return o
}

func newKeep() *cobra.Command {
	var f serverFlags
	cmd := &cobra.Command{
		Use: "keep NAME SERVER", Short: "Keep a server under a name",
		Long: "keep remembers the address of a server under a name, which stands for it wherever a server is asked for. A login\n" +
			"that is given with it goes into the desktop's keyring, and into no file.",
		Example: "  cxr pacs keep archive dicom://ARCHIVE@pacs.example.org:11112\n  cxr pacs find archive --name Muster",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return cli.Usage(message.New("keep needs a name and the address of a server"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.options()
			if err != nil {
				return err
			}
			if err := book().Keep(servers.Server{Name: args[0], Address: args[1],
				Authorities: absolute(f.authorities), Certificate: absolute(f.certificate), Key: absolute(f.key),
				MovePort: f.movePort}); err != nil {
				return cli.Usage(err)
			}
			out := cli.NewPrinter(cmd, false)
			if o.Login != (pacs.Login{}) {
				if err := servers.SetLogin(args[1], o.Login); err != nil {
					return message.Errorf("the server is kept without its login: %w", err)
				}
			}
			out.Line(out.Out, "%s is kept.", plain.Text(args[0]))
			return nil
		},
	}
	f.register(cmd)
	cmd.Flags().IntVar(&f.movePort, "move-port", 0, "port to which it may send by C-MOVE, where it has no C-GET")
	return cmd
}

// absolute is a file as it is named from anywhere; "" for none.
func absolute(path string) string {
	if path == "" {
		return ""
	}
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

func newKept() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "kept", Short: "List the servers that are kept", Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cli.NewPrinter(cmd, asJSON)
			list, err := book().List()
			if err != nil {
				return err
			}
			if asJSON {
				for _, s := range list {
					if err := out.Encode(s); err != nil {
						return err
					}
				}
				return nil
			}
			if len(list) == 0 {
				out.Line(out.Out, "No server is kept; cxr pacs keep keeps one.")
			}
			t := tabwriter.NewWriter(out.Out, 0, 0, 2, ' ', 0)
			for _, s := range list {
				if err := out.Print(t, "%s\t%s", plain.Text(s.Name), plain.Text(s.Address)); err != nil {
					return err
				}
			}
			return t.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

func newForget() *cobra.Command {
	return &cobra.Command{
		Use: "forget NAME", Short: "Keep a server, and its login, no longer",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usage(message.New("forget needs the name of a server"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := book().Forget(args[0]); err != nil {
				return err
			}
			out := cli.NewPrinter(cmd, false)
			out.Line(out.Out, "%s is kept no longer.", plain.Text(args[0]))
			return nil
		},
	}
}
