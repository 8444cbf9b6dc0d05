// Command hilum is the desktop program: a chest X-ray, the findings beside it,
// and the class maps over it. It only puts the parts together.
//
// Exit codes: 0 closed by the reader; 1 the window could not be opened; 2 the
// command line was wrong.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"
	"github.com/go-text/typesetting/fontscan"

	"hilum/app"
	"hilum/app/archives"
	"hilum/app/launch"
	"hilum/app/models"
	"hilum/app/runs"
	"hilum/app/settings"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/ort"
	"hilum/inference/prep"
	"hilum/internal/home"
	"hilum/internal/message"
	"hilum/internal/plain"
	"hilum/internal/version"
	"hilum/resources"
	"hilum/ui"
	"hilum/ui/kit"
)

const (
	exitFailed = 1
	exitUsage  = 2
)

// appID names the program to the desktop.
const appID = "org.hilum.workstation"

func main() {
	dicomio.RunCodecChild() // this process may be a decoder that another one started
	started := time.Now()
	o, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		os.Exit(exitUsage)
	}
	runs.RunChild(o.worker()) // or it may be a job of training
	if err := run(o, tracer(started)); err != nil {
		errs := plain.NewWriter(os.Stderr) // names of files may hold escape codes
		fmt.Fprintln(errs, message.Sentence(err))
		if mayRestart(err, os.Getenv(restartEnv), time.Now()) {
			if err := restart(o); err != nil {
				fmt.Fprintln(errs, message.Sentence(err))
			}
		}
		os.Exit(exitFailed)
	}
}

// options are the command line.
type options struct {
	model    models.Choice
	engine   ort.Options
	provider string
	version  bool
	paths    []string
	request  launch.Request // a study of a server; the zero value asks for none
}

func parse(args []string, out io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("hilum", flag.ContinueOnError)
	f.SetOutput(out)
	f.Usage = func() {
		fmt.Fprintf(out, "usage: hilum [flags] [file or folder ... | hilum:?server=NAME&study=UID]\nWithout a file the demo studies open. %s\n",
			inference.NotForDiagnosis)
		f.PrintDefaults()
	}
	f.StringVar(&o.model.Path, "model", "",
		"model to use, an .onnx `file`, starter for the weak model of real films, or twin for the one made to be fooled (default: the demo model)")
	f.StringVar(&o.model.Thresholds, "thresholds", "", "thresholds.json `file` (default: the one beside the model)")
	f.StringVar(&o.model.Labels, "labels", "",
		"class labels `file` of a model without metadata: one a line, or a JSON array")
	f.StringVar(&o.model.Input, "input", "", "input `size` of a model without metadata, as 224 or 320x256")
	f.StringVar(&o.model.Normalise, "normalise", "", "normalisation of a model without metadata: "+
		prep.NormalisationForms)
	f.StringVar(&o.model.Contract, "contract", "",
		"what the output of a model holds that does not say so itself: `NAME:logits`, NAME:probabilities or NAME:softmax, NAME the output with the scores")
	f.StringVar(&o.provider, "provider", "",
		"where to run: auto, cuda or cpu (default: as in the preferences, else auto)")
	f.StringVar(&o.engine.Library, "ort-lib", "",
		"ONNX Runtime's shared library, or its folder (default: searched for)")
	f.IntVar(&o.engine.Threads, "threads", 0,
		"threads within one operator (default: as in the preferences, else one a processor)")
	f.StringVar(&o.request.Server, "server", "", "`name` of a kept server that has the study, see cxr pacs kept")
	f.StringVar(&o.request.Study, "study", "",
		"Study Instance `UID` of a study to open from the server; a window that runs opens it")
	f.BoolVar(&o.version, "version", false, "print the version and exit")
	if err := f.Parse(args); err != nil {
		return o, err // Parse has printed it
	}
	if err := o.takeArguments(f.Args()); err != nil {
		fmt.Fprintln(out, message.Sentence(err))
		return o, err
	}
	if o.engine.Provider = inference.Auto; o.provider == "" {
		return o, nil
	}
	var err error
	if o.engine.Provider, err = inference.ParseProvider(o.provider); err != nil {
		fmt.Fprintln(out, message.Sentence(err))
	}
	return o, err
}

// takeArguments takes files and folders, which desktops hand on as addresses too, or one link.
func (o *options) takeArguments(args []string) error {
	for _, arg := range args {
		switch u, err := url.Parse(arg); {
		case launch.IsLink(arg) && (len(args) > 1 || o.request != (launch.Request{})):
			return message.New("a link to a study is opened alone")
		case launch.IsLink(arg):
			r, err := launch.Parse(arg)
			o.request = r
			return err
		case err == nil && u.Scheme == "file" && (u.Host == "" || u.Host == "localhost"):
			o.paths = append(o.paths, filepath.FromSlash(u.Path))
		default:
			o.paths = append(o.paths, arg)
		}
	}
	if o.request != (launch.Request{}) {
		return o.request.Check()
	}
	return nil
}

// prefer fills in from the preferences what the command line leaves open.
func (o *options) prefer(p settings.Preferences) {
	if o.engine.Threads == 0 {
		o.engine.Threads = p.Threads
	}
	if o.provider != "" {
		return
	}
	if provider, err := inference.ParseProvider(p.Provider); err == nil {
		o.engine.Provider = provider
	}
}

// traceEnv asks for milestones with the time since the start on standard error,
// for the smoke test and for measuring; "frames" also gives the time of every
// frame that the mouse caused.
const traceEnv = "HILUM_TRACE"

// tracer prints milestones when traceEnv is set.
func tracer(started time.Time) func(string) {
	on := os.Getenv(traceEnv) != ""
	return func(milestone string) {
		// What begins with panic is a bug and is printed in any case.
		if on || strings.HasPrefix(milestone, "panic") {
			fmt.Fprintf(os.Stderr, "%7.3f s  %s\n", time.Since(started).Seconds(), milestone)
		}
	}
}

func run(o options, trace func(string)) (err error) {
	if o.version {
		fmt.Println("Hilum", version.Number)
		return nil
	}
	data, dataErr := home.Data()
	if o.request.Study != "" && dataErr == nil && launch.HandOver(context.Background(), data, o.request) {
		return nil // a window that runs opens it
	}
	if err := checkDisplay(os.Getenv("DISPLAY")); err != nil {
		return err
	}
	dir := settings.PreferencesDir()
	preferences := settings.Load(dir)
	o.prefer(preferences)
	desk, deskErr := openDesk(o, preferences)
	store, storeErr := settings.Records(preferences)
	var session *app.Workstation
	session = app.New(app.Config{
		OpenEngine: func() (inference.Engine, error) { return ort.Open(o.engine) },
		LoadModel:  func() (inference.Source, error) { return o.source(preferences.Model, desk, session.Notify) },
		Dir:        dir,
		Fetched:    fetchedFolder(data),
		Bare:       o.request.Study != "",
		Trace:      trace,
		Records:    store,
	})
	end := sync.OnceValue(func() error {
		failed := session.Close()
		if storeErr == nil {
			failed = errors.Join(failed, store.Close()) // after the session, which writes to it
		}
		if desk != nil {
			desk.Close()
		}
		return failed
	})
	defer func() { err = errors.Join(err, end()) }()
	if storeErr != nil {
		session.Notify(message.Sentence(message.Errorf("answers and annotations are not kept: %w", storeErr)))
	}
	if deskErr != nil {
		session.Notify(message.Sentence(message.Errorf("training is not possible: %w", deskErr)))
	}
	session.Start() // while the window is being made
	session.Resume(o.paths...)
	if o.request.Study != "" {
		session.Archives.Follow(archives.Link(o.request))
	}
	return window(windowParts{session, desk, data}, trace, newQuitting(end, os.Exit))
}

// fetchedFolder is where studies of servers are kept; "" where there is no folder for data.
func fetchedFolder(data string) string {
	if data == "" {
		return ""
	}
	return filepath.Join(data, "fetched")
}

// windowParts are what a window is opened on.
type windowParts struct {
	session *app.Workstation
	desk    *runs.RunManager
	data    string // the user's data folder; "" for none
}

// listen has later starts hand over what they ask for to the window.
func (p windowParts) listen(w *ui.Window, trace func(string)) (end func()) {
	l, err := launch.Listen(p.data, func(r launch.Request) {
		p.session.Guard("opening a link", func() { p.session.Archives.Follow(archives.Link(r)) })
		w.Raise()
	})
	if err != nil {
		trace(message.Sentence(err).String())
		return func() {}
	}
	return func() { _ = l.Close() }
}

// keepFontsIndex has the toolkit's index of the system's fonts lie in the folder
// for everything where one is named. The index is made once in a process, by who
// asks first, and the toolkit does not say where.
func keepFontsIndex() {
	dir := home.Cache()
	if dir == "" || os.MkdirAll(dir, 0o700) != nil {
		return
	}
	_, _ = fontscan.SystemFonts(log.New(io.Discard, "", 0), dir) // without fonts the toolkit uses its own
}

// window shows the window until it is closed. A panic on its goroutine ends
// the toolkit's loop for good: before the loop began it means that there is no
// window to be had here, later it is a bug: the place is printed, and the program
// starts again with what was open.
func window(p windowParts, trace func(string), q *quitting) (err error) {
	session := p.session
	started := false
	defer func() {
		q.returned()
		switch r := recover(); {
		case r == nil:
		case started:
			trace(fmt.Sprintf("panic in the window: %v\n%s", r, debug.Stack()))
			session.Recovery.Crashed()
			err = windowFailed{r}
		default:
			err = message.Errorf("no window can be opened here: %v; it needs a desktop with OpenGL (cxr infer does the same work without a window)", r)
		}
	}()
	keepFontsIndex()
	fyneapp.SetMetadata(fyne.AppMetadata{ID: appID, Name: "Hilum", Version: version.Number,
		Migrations: map[string]bool{"fyneDo": true}})
	a := fyneapp.NewWithID(appID)
	a.SetIcon(fyne.NewStaticResource("icon.png", resources.Icon()))
	a.Settings().SetTheme(kit.Theme{})
	a.Lifecycle().SetOnStarted(func() { started = true })
	o := ui.Options{Trace: trace, Desk: p.desk, Hasty: true, Closed: q.closed}
	if p.data != "" {
		o.Lab = filepath.Join(p.data, "lab")
	}
	if os.Getenv(traceEnv) == "frames" {
		o.Frame = func(d time.Duration) { trace(fmt.Sprintf("frame %.2f ms", d.Seconds()*1000)) }
	}
	w := ui.NewWindow(a, session, o)
	flatBuffers()
	w.Show()
	defer p.listen(w, trace)()
	a.Run()
	q.returned()
	w.Wait()
	return nil
}
