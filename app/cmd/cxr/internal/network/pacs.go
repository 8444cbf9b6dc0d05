// Package network holds the commands of cxr that speak with others over a network: pacs
// and node.
package network

import (
	"context"
	"errors"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/dicomio/pacs"
	"hilum/internal/message"
	"hilum/internal/plain"
)

// NewPACS is cxr pacs.
func NewPACS() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pacs",
		Short: "Verify, search, fetch from and send to DICOM servers",
		Long: "pacs works with an archive. SERVER is its address: dicom://TITLE@host:port for DICOM's own protocol, with\n" +
			"?calling=OURS where our application entity title is not HILUM; dicom+tls:// for the same over TLS;\n" +
			"dicomweb+http://host:port/path or dicomweb+https:// for DICOM web services; or the name of a server that is kept\n" +
			"(cxr pacs keep).\n\n" +
			"A login stands in no address: give it in the environment (HILUM_PACS_USER and HILUM_PACS_PASSWORD, or\n" +
			"HILUM_PACS_TOKEN) or in a file of JSON (--login). That of a server that is kept lies in the desktop's keyring.",
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newEcho(), newFind(), newGet(), newSend(), newKeep(), newKept(), newForget())
	return cmd
}

// oneServer is the argument check of commands that take the address of a server.
func oneServer(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return cli.Usage(
			message.New("no server was named; write it as dicom://TITLE@host:port or dicomweb+https://host:port/path"),
		)
	case 1:
		return nil
	}
	return cli.Usage(message.Errorf("unexpected argument %q", args[1]))
}

// connection is what the commands have in common.
type connection struct {
	serverFlags
	json bool
	out  *cli.Printer
}

func (c *connection) register(cmd *cobra.Command) {
	c.serverFlags.register(cmd)
	cmd.Flags().BoolVar(&c.json, "json", false, "print one JSON object a line")
}

// open makes the printer and the server.
func (c *connection) open(cmd *cobra.Command, address string) (pacs.Server, error) {
	c.out = cli.NewPrinter(cmd, c.json)
	o, err := c.options()
	if err != nil {
		return nil, err
	}
	o.Warn = c.warn
	return openServer(address, o)
}

func (c *connection) warn(m message.Message) {
	if c.json {
		_ = c.out.Encode(eventJSON{Event: string(pacs.Warning), Warning: m}) // an error shows at the next line
		return
	}
	c.out.Line(c.out.Errs, "! %s", c.out.Words.Text(m))
}

// echoJSON is the line of cxr pacs echo --json.
type echoJSON struct {
	Server string          `json:"server"`
	OK     bool            `json:"ok"`
	Step   pacs.Step       `json:"step,omitempty"` // that failed
	Error  message.Message `json:"error,omitzero"`
}

func newEcho() *cobra.Command {
	var c connection
	cmd := &cobra.Command{
		Use: "echo SERVER", Short: "Ask whether a server answers", Args: oneServer,
		Example: "  cxr pacs echo dicom://ARCHIVE@pacs.example.org:11112\n  cxr pacs echo dicomweb+http://127.0.0.1:8042/dicom-web",
		RunE: func(cmd *cobra.Command, args []string) error {
			server, err := c.open(cmd, args[0])
			if err != nil {
				return err
			}
			err = server.Echo(cmd.Context())
			if !c.json {
				if err == nil {
					c.out.Line(c.out.Out, "%s answers.", server.Address())
				}
				return err
			}
			line := echoJSON{Server: server.Address(), OK: err == nil}
			if err == nil {
				return c.out.Encode(line)
			}
			var step *pacs.StepError
			if errors.As(err, &step) {
				line.Step = step.Step
			}
			line.Error = message.Sentence(err)
			return errors.Join(cli.ErrReported, c.out.Encode(line))
		},
	}
	c.register(cmd)
	return cmd
}

// studyJSON is a line of cxr pacs find --json.
type studyJSON struct {
	StudyUID    string   `json:"study_uid"`
	PatientID   string   `json:"patient_id"`
	PatientName string   `json:"patient_name"`
	Date        string   `json:"date"`
	Modalities  []string `json:"modalities"`
	Description string   `json:"description"`
	Images      int      `json:"images"`
}

func newFind() *cobra.Command {
	var c connection
	var q pacs.Query
	cmd := &cobra.Command{
		Use: "find SERVER", Short: "List the studies of a server that match", Args: oneServer,
		Example: "  cxr pacs find dicom://ARCHIVE@127.0.0.1:11112 --name Muster --date 20240101-20241231 --modality CR,DX",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkDates(q.Dates); err != nil {
				return cli.Usage(err)
			}
			server, err := c.open(cmd, args[0])
			if err != nil {
				return err
			}
			return c.find(cmd.Context(), server, q)
		},
	}
	c.register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&q.PatientID, "patient-id", "", "patient ID")
	fl.StringVar(
		&q.PatientName,
		"name",
		"",
		"patient's name, or its beginning, as FAMILY^GIVEN; * and ? stand for anything",
	)
	fl.StringVar(&q.Accession, "accession", "", "accession number")
	fl.StringVar(&q.Dates, "date", "", "study date as YYYYMMDD, or a range as A-B, A- or -B")
	fl.StringSliceVar(&q.Modalities, "modality", nil, "modalities of which a study has one, as CR,DX")
	return cmd
}

// checkDates refuses what is no date and no range of dates.
func checkDates(dates string) error {
	for _, day := range strings.SplitN(dates, "-", 2) {
		if day != "" && (len(day) != 8 || strings.Trim(day, "0123456789") != "") {
			return message.Errorf("%q is no date; write it as YYYYMMDD, or a range as A-B, A- or -B", dates)
		}
	}
	return nil
}

func (c *connection) find(ctx context.Context, server pacs.Server, q pacs.Query) error {
	if c.json {
		return server.Find(ctx, q, func(s pacs.Study) error {
			line := studyJSON{s.UID, s.PatientID, s.PatientName, s.Date, s.Modalities, s.Description, s.Images}
			if line.Modalities == nil {
				line.Modalities = []string{}
			}
			return c.out.Encode(line)
		})
	}
	t := tabwriter.NewWriter(c.out.Out, 0, 0, 2, ' ', 0)
	n := 0
	err := server.Find(ctx, q, func(s pacs.Study) error {
		if n == 0 {
			c.out.Line(t, "patient\tID\tdate\tmodalities\tobjects\tdescription\tstudy")
		}
		n++
		return c.out.Print(t, "%s\t%s\t%s\t%s\t%d\t%s\t%s", plain.Text(s.PatientName), plain.Text(s.PatientID),
			plain.Text(s.Date), plain.Text(strings.Join(s.Modalities, ",")), s.Images, plain.Text(s.Description),
			plain.Text(s.UID))
	})
	if err = errors.Join(err, t.Flush()); err != nil {
		return err
	}
	if n == 0 {
		c.out.Line(c.out.Out, "No study matches.")
	}
	return nil
}

// eventJSON is a line of progress of cxr pacs get and send.
type eventJSON struct {
	Event    string          `json:"event"`
	Instance string          `json:"instance_uid,omitempty"`
	Path     string          `json:"path,omitempty"`
	Done     int             `json:"done,omitempty"`
	Total    int             `json:"total,omitempty"`
	Error    message.Message `json:"error,omitzero"`
	Warning  message.Message `json:"warning,omitzero"`
}

// totalJSON is the last line of cxr pacs get and send.
type totalJSON struct {
	Event    string `json:"event"` // done
	Received int    `json:"received"`
	Kept     int    `json:"kept"`
	Sent     int    `json:"sent"`
	Failed   int    `json:"failed"`
}

// transfer shows the progress of a retrieval or of sending.
type transfer struct {
	*connection
	counts map[pacs.EventKind]int
}

func (t *transfer) event(e pacs.Event) {
	t.counts[e.Kind]++
	switch {
	case t.json:
		line := eventJSON{Event: string(e.Kind), Instance: e.Instance, Path: e.Path, Done: e.Done, Total: e.Total}
		if e.Err != nil {
			line.Error = message.Sentence(e.Err)
		}
		_ = t.out.Encode(line) // an error shows at the last line
	case e.Err != nil:
		t.out.Line(t.out.Errs, "%s: %s", plain.Text(e.Path+e.Instance), t.out.Words.Sentence(e.Err))
	case t.out.Progress:
		t.out.ShowProgress("%d of %d", e.Done, e.Total)
	}
}

// end takes the progress line away and says what was done.
func (t *transfer) end(err error) error {
	t.out.End()
	if !t.json {
		return err
	}
	total := totalJSON{"done", t.counts[pacs.Received], t.counts[pacs.Kept], t.counts[pacs.Sent], t.counts[pacs.Failed]}
	return errors.Join(err, t.out.Encode(total))
}

func newGet() *cobra.Command {
	t := transfer{connection: &connection{}, counts: map[pacs.EventKind]int{}}
	var study, out string
	cmd := &cobra.Command{
		Use: "get SERVER --study UID --out DIR", Short: "Fetch a study from a server", Args: oneServer,
		Long: "get fetches the objects of a study into files that are named by their SOP Instance UID. Objects that lie there\n" +
			"already are not fetched again, so a broken retrieval goes on where it ended.",
		Example: "  cxr pacs get dicomweb+http://127.0.0.1:8042/dicom-web --study 1.2.3 --out films",
		RunE: func(cmd *cobra.Command, args []string) error {
			if study == "" || out == "" {
				return cli.Usage(message.New("get needs --study and --out"))
			}
			server, err := t.open(cmd, args[0])
			if err != nil {
				return err
			}
			err = t.end(server.Get(cmd.Context(), study, pacs.Folder{Dir: out}, t.event))
			if err == nil && !t.json {
				t.out.Line(
					t.out.Out,
					"%d objects came, %d were here already.",
					t.counts[pacs.Received],
					t.counts[pacs.Kept],
				)
			}
			return err
		},
	}
	t.register(cmd)
	cmd.Flags().StringVar(&study, "study", "", "UID of the study")
	cmd.Flags().StringVar(&out, "out", "", "folder to write into")
	cmd.Flags().IntVar(&t.movePort, "move-port", 0,
		"port for a server that does not offer C-GET: it must know our title with this port, and sends there by C-MOVE")
	return cmd
}

func newSend() *cobra.Command {
	t := transfer{connection: &connection{}, counts: map[pacs.EventKind]int{}}
	cmd := &cobra.Command{
		Use: "send SERVER FILE|DIR...", Short: "Send DICOM objects to a server",
		Example: "  cxr pacs send dicom://ARCHIVE@127.0.0.1:11112 results/",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return cli.Usage(message.New("send needs a server and what to send"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			server, err := t.open(cmd, args[0])
			if err != nil {
				return err
			}
			files, err := pacs.Files(cmd.Context(), args[1:])
			if err != nil {
				return err
			}
			err = t.end(server.Send(cmd.Context(), files, t.event))
			if err == nil && !t.json {
				t.out.Line(t.out.Out, "%d objects were sent.", t.counts[pacs.Sent])
			}
			return err
		},
	}
	t.register(cmd)
	return cmd
}
