package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"

	"hilum/app/launch"
	"hilum/app/models"
	"hilum/app/settings"
	"hilum/inference"
	"hilum/internal/message"
)

func TestParse(t *testing.T) {
	var out bytes.Buffer
	o, err := parse([]string{"--model", "m.onnx", "--thresholds", "t.json", "--provider", "cpu", "--ort-lib", "lib",
		"--threads", "3", "a.dcm", "b"}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if o.model.Path != "m.onnx" || o.model.Thresholds != "t.json" || o.engine.Provider != inference.CPU ||
		o.engine.Library != "lib" || o.engine.Threads != 3 || !slices.Equal(o.paths, []string{"a.dcm", "b"}) {
		t.Errorf("%+v", o)
	}
	if o, err := parse(nil, &out); err != nil || o.engine.Provider != inference.Auto || len(o.paths) != 0 {
		t.Errorf("%+v, %v", o, err)
	}
	if out.Len() != 0 {
		t.Errorf("a good command line prints %q", &out)
	}
	if _, err := parse([]string{"--help"}, &out); !errors.Is(err, flag.ErrHelp) ||
		!strings.Contains(out.String(), inference.NotForDiagnosis) {
		t.Errorf("help: %v, %q", err, &out)
	}
	o = options{provider: "cpu"}
	o.engine.Provider, o.engine.Threads = inference.CPU, 2
	o.prefer(settings.Preferences{Provider: "cuda", Threads: 6})
	if o.engine.Provider != inference.CPU || o.engine.Threads != 2 {
		t.Errorf("the preferences win over the command line: %+v", o.engine)
	}
	o = options{}
	o.prefer(settings.Preferences{Provider: "cuda", Threads: 6})
	if o.engine.Provider != inference.CUDA || o.engine.Threads != 6 {
		t.Errorf("the preferences are not followed: %+v", o.engine)
	}
	want := launch.Request{Server: "archive", Study: "1.2.3"}
	for _, asked := range [][]string{{"--server", "archive", "--study", "1.2.3"}, {"hilum:?server=archive&study=1.2.3"}} {
		if o, err := parse(asked, &out); err != nil || o.request != want || len(o.paths) > 0 {
			t.Errorf("%q: %+v, %v", asked, o, err)
		}
	}
	if o, err := parse([]string{"file:///tmp/a%20b.dcm", "c.dcm"}, &out); err != nil ||
		!slices.Equal(o.paths, []string{"/tmp/a b.dcm", "c.dcm"}) {
		t.Errorf("%+v, %v", o.paths, err)
	}
	for _, bad := range [][]string{{"--study", "1.2.3"}, {"--server", "a"}, {"--server", "a", "--study", "x"}, {"hilum:x"},
		{"hilum:?server=a&study=1", "b.dcm"}, {"--nope"}, {"--provider", "tpu"}, {"--threads", "many"}} {
		out.Reset()
		if _, err := parse(bad, &out); err == nil || out.Len() == 0 {
			t.Errorf("%q: %v, %q", bad, err, &out)
		}
	}
}

// TestTheModelChosenLastComesBack: before the demo model, after that of the command line;
// one that is gone is named.
func TestTheModelChosenLastComesBack(t *testing.T) {
	for _, c := range []struct{ flag, chosen, want string }{
		{"", "", models.Demo}, {"", models.Twin, models.Twin}, {models.Starter, models.Twin, models.Starter},
		{"", "/no/such.onnx", models.Demo},
	} {
		var said message.Message
		o := options{model: models.Choice{Path: c.flag}}
		src, err := o.source(c.chosen, nil, func(m message.Message) { said = m })
		if err != nil || src.Path != c.want || said.IsZero() == strings.Contains(c.chosen, "/") {
			t.Errorf("flag %q, chosen %q: %q, %v, said %q", c.flag, c.chosen, src.Path, err, said)
		}
	}
}

func TestCheckDisplay(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("displays are named like this on X11 only")
	}
	if err := checkDisplay(""); err == nil || !strings.Contains(err.Error(), "DISPLAY is not set") {
		t.Errorf("none: %v", err)
	}
	if err := checkDisplay(":47113"); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("one that is not there: %v", err)
	}
	if err := checkDisplay("something/else:x"); err != nil {
		t.Errorf("a name not understood here is refused: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip("no loopback here:", err)
	}
	defer l.Close()
	n := l.Addr().(*net.TCPAddr).Port - x11Port
	if n < 0 {
		t.Skip("a low port was given")
	}
	if err := checkDisplay(fmt.Sprintf("127.0.0.1:%d.0", n)); err != nil {
		t.Errorf("one that answers: %v", err)
	}
}
