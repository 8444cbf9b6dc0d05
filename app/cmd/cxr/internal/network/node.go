package network

import (
	"context"
	"errors"
	"net"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/node"
	"hilum/dicomio/pacs"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/plain"
)

// nodeJob is one run of cxr node.
type nodeJob struct {
	registries cli.Registries
	engine     cli.EngineFlags
	model      cli.ModelFlags
	servers    serverFlags
	config     node.Config
	listen     string
	http       string
	rules      string
	send, ask  []string
	freeMB     int64
	tls        bool
	json       bool
	out        *cli.Printer
}

// NewNode is cxr node.
func NewNode(r cli.Registries) *cobra.Command {
	j := nodeJob{registries: r}
	cmd := &cobra.Command{
		Use:   "node --ae TITLE --listen ADDR:PORT --out DIR",
		Short: "Take films from the network, score them and send the results on",
		Long: "node is a station of a DICOM network: it takes objects by C-STORE, and from a watched folder, scores frontal chest\n" +
			"films, keeps the results under --out and sends them to other servers, again and again until they have them.\n" +
			"An object is accepted when it is on the disk, and scored once by model and thresholds; being killed at any moment\n" +
			"loses nothing. docs/node.md says more.\n" +
			inference.NotForDiagnosis,
		Example: "  cxr node --ae HILUM --listen 127.0.0.1:11112 --out node --send dicom://ARCHIVE@127.0.0.1:4242 --objects sr,gsps",
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return j.run(cmd) },
	}
	j.engine.Register(cmd)
	j.model.Register(cmd, r)
	j.servers.register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&j.config.Title, "ae", pacs.Title, "our application entity title")
	fl.StringVar(&j.listen, "listen", "127.0.0.1:11112", "address and port to listen on for DICOM")
	fl.StringSliceVar(
		&j.config.Allowed,
		"allow",
		nil,
		"application entity titles that may send; nothing lets everybody",
	)
	fl.StringVar(&j.config.Dir, "out", "", "folder for what comes, what is made, and the journal")
	fl.StringVar(&j.config.Watch, "watch", "", "folder whose DICOM files are taken in too")
	fl.StringArrayVar(&j.send, "send", nil, "server to send results to, as cxr pacs takes it; may be repeated")
	fl.StringArrayVar(&j.ask, "ask", nil, "server that is asked for the films of yesterday and today, every minute; may be repeated")
	fl.StringSliceVar(&j.config.Objects, "objects", []string{"sr"}, "what is made of a film: sr, sc, gsps, kos")
	fl.StringVar(&j.rules, "rules", "", "file with rules that say which films are scored, and which servers get objects without identity")
	fl.StringVar(&j.http, "http", "", "loopback address and port for /healthz and /metrics")
	fl.Int64Var(&j.freeMB, "min-free", 1024, "MB of the disk that stay free; below that nothing is accepted")
	fl.BoolVar(
		&j.tls,
		"tls",
		false,
		"listen with TLS: needs --cert and --key, and with --ca a certificate of who calls",
	)
	fl.BoolVar(&j.json, "json", false, "print one JSON object a line")
	return cmd
}

func (j *nodeJob) run(cmd *cobra.Command) error {
	if j.config.Dir == "" {
		return cli.Usage(message.New("no folder to write into was named; use --out"))
	}
	j.out = cli.NewPrinter(cmd, j.json)
	j.config.Forms, j.config.Log = j.registries.Forms, j.log
	j.config.MinFree = j.freeMB << 20
	if err := node.CheckObjects(j.config.Forms, j.config.Objects); err != nil {
		return cli.Usage(err)
	}
	if err := j.connect(); err != nil {
		return err
	}
	return j.listenAnd(cmd.Context(), func(ctx context.Context) error {
		return cli.WithModel(j.engine.ForMany(cli.ManyFiles), j.model, func(o cli.Opened) error {
			j.config.Workers = runtime.GOMAXPROCS(0)
			return node.Run(ctx, o.Model, j.config)
		})
	})
}

// connect reads the rules and names the servers.
func (j *nodeJob) connect() (err error) {
	if j.rules != "" {
		if j.config.Rules, err = node.ReadRules(j.rules); err != nil {
			return err
		}
	}
	o, err := j.servers.options()
	if err != nil {
		return err
	}
	if j.tls {
		if j.config.TLS, err = o.ListenTLS(); err != nil {
			return cli.Usage(err)
		}
	}
	if j.config.Send, err = j.destinations(o); err == nil {
		j.config.Ask, err = openServers(j.ask, o)
	}
	return err
}

// destinations are where results go, each as the rules say: with the patient's identity or
// without.
func (j *nodeJob) destinations(o pacs.Options) (list []node.Destination, err error) {
	servers, err := openServers(j.send, o)
	if err != nil {
		return nil, err
	}
	names := slices.Clone(j.send)
	for i, s := range servers {
		names = append(names, s.Address())
		list = append(list, node.Destination{Server: s, Deidentified: j.config.Rules.Deidentifies(j.send[i], s.Address())})
	}
	if err := j.config.Rules.CheckDestinations(names...); err != nil {
		return nil, message.Errorf("the rules %s: %w", j.rules, err)
	}
	return list, nil
}

func openServers(addresses []string, o pacs.Options) (list []pacs.Server, err error) {
	for _, address := range addresses {
		s, err := openServer(address, o)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// listenAnd opens the ports before the model is loaded: one that is taken is told at once.
func (j *nodeJob) listenAnd(ctx context.Context, do func(context.Context) error) (err error) {
	if j.config.Listen, err = net.Listen("tcp", j.listen); err != nil {
		return message.Errorf("cannot listen on %s: %w", j.listen, err)
	}
	defer func() { err = errors.Join(err, closed(j.config.Listen)) }()
	if j.http == "" {
		return do(ctx)
	}
	host, _, err := net.SplitHostPort(j.http)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return cli.Usage(
			message.Errorf("%s is no loopback address; the state of the node is shown to this machine only", j.http),
		)
	}
	if j.config.HTTP, err = net.Listen("tcp", j.http); err != nil {
		return message.Errorf("cannot listen on %s: %w", j.http, err)
	}
	defer func() { err = errors.Join(err, closed(j.config.HTTP)) }()
	return do(ctx)
}

// closed closes a listener that may be closed already.
func closed(l net.Listener) error {
	if err := l.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// log prints what happened.
func (j *nodeJob) log(e node.LogEntry) {
	if j.json {
		_ = j.out.Encode(e) // nobody is left to tell
		return
	}
	words := []string{e.Time.Format("2006-01-02 15:04:05"), j.out.Words.Text(e.Event)}
	for _, w := range []string{e.Instance, e.Calling, e.Destination, j.out.Words.Text(e.Reason)} {
		if w != "" {
			words = append(words, plain.Text(w))
		}
	}
	j.out.Line(j.out.Out, "%s", strings.Join(words, "  "))
}
