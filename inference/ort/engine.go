// Package ort runs networks on ONNX Runtime. It is the only package that knows
// the runtime; its core type is [Engine]. The runtime's environment is the one
// piece of global state in the program: it is created by the first Open and
// lives until the last Close.
package ort

import (
	"cmp"
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"

	ort "github.com/yalue/onnxruntime_go"

	"hilum/inference"
	"hilum/internal/message"
)

// apiVersion is the C API that the binding was compiled for (ORT_API_VERSION in
// its header). A library of release 1.N serves every API up to N.
const apiVersion = 24

// Options say how to open the engine. The zero value is the default.
type Options struct {
	Library  string             // path of the shared library; "" searches, see Find
	Provider inference.Provider // "" is auto
	Threads  int                // within one operator; 0 is one a processor
}

// Engine is an open ONNX Runtime.
type Engine struct {
	info inference.EngineInfo
	cuda bool
}

var _ inference.Engine = (*Engine)(nil)

// environment counts the engines that share ONNX Runtime's environment.
var environment struct {
	sync.Mutex
	users   int
	library string
}

// Open loads the library and chooses the provider. Asking for CUDA where it is
// not complete is an error that names the missing piece; auto falls back to CPU
// and keeps the reason in Info.
func Open(o Options) (*Engine, error) {
	if o.Provider == "" {
		o.Provider = inference.Auto
	}
	library, err := Find(o.Library)
	if err != nil {
		return nil, err
	}
	var cuda CUDAReport
	if o.Provider != inference.CPU {
		cuda = CheckCUDA(library)
		if o.Provider == inference.CUDA && !cuda.Usable() {
			return nil, message.Errorf("CUDA is not usable: %s; use --provider cpu or auto", cuda.Reason())
		}
	}
	if err := acquire(library); err != nil {
		return nil, err
	}
	e := &Engine{info: inference.EngineInfo{
		Name: "ONNX Runtime", Version: ort.GetVersion(), Library: library,
		Provider: inference.CPU, Threads: o.Threads,
	}}
	if e.info.Threads <= 0 {
		e.info.Threads = runtime.GOMAXPROCS(0)
	}
	if err := e.chooseProvider(o.Provider, cuda); err != nil {
		return nil, errors.Join(err, release())
	}
	return e, nil
}

// chooseProvider takes CUDA when its check passed and the runtime accepts it.
func (e *Engine) chooseProvider(asked inference.Provider, cuda CUDAReport) error {
	switch {
	case asked == inference.CPU:
		e.info.Reason = message.Of("the CPU was asked for")
		return nil
	case !cuda.Usable():
		e.info.Reason = cuda.Reason()
		return nil
	}
	e.cuda = true
	opts, err := e.options(inference.SessionOptions{})
	if err != nil {
		e.cuda = false
		if asked == inference.CUDA {
			return message.Errorf("CUDA is not usable: %w; use --provider cpu or auto", err)
		}
		e.info.Reason = message.Of("the CUDA provider did not start: %s", firstLine(err.Error()))
		return nil
	}
	e.info.Provider = inference.CUDA
	return opts.Destroy()
}

// Info implements inference.Engine.
func (e *Engine) Info() inference.EngineInfo { return e.info }

// Close implements inference.Engine. Sessions must be closed first.
func (e *Engine) Close() error { return release() }

// noTelemetry keeps ONNX Runtime (from 1.32 on Linux, before on Windows) from
// reporting its use to its maker, and from keeping an identifier of the device and
// a list of events in the user's cache. It is read when the environment is made,
// before ort.DisableTelemetry can be called.
const noTelemetry = "ORT_DISABLE_TELEMETRY"

func acquire(library string) error {
	environment.Lock()
	defer environment.Unlock()
	if environment.users > 0 {
		if environment.library != library {
			return message.Errorf("ONNX Runtime is already open from %s; close it before opening %s",
				environment.library, library)
		}
		environment.users++
		return nil
	}
	if err := checkVersion(library); err != nil {
		return err
	}
	ort.SetSharedLibraryPath(library)
	if err := os.Setenv(noTelemetry, "1"); err != nil {
		return message.Errorf("ONNX Runtime at %s is not opened, because it cannot be kept from reporting its use: %w",
			library, err)
	}
	// Errors come back; its log would print names of nodes and files as they are.
	if err := ort.InitializeEnvironment(ort.WithLogLevelFatal()); err != nil {
		return message.Errorf("ONNX Runtime at %s did not start: %w; install it again with make engine", library, err)
	}
	if err := errors.Join(ort.DisableTelemetry(), registerPool()); err != nil {
		return errors.Join(err, ort.DestroyEnvironment())
	}
	environment.users, environment.library = 1, library
	return nil
}

// asRequested is kSameAsRequested of ONNX Runtime's arenas: they grow by what is
// asked for, not to the next power of two.
const asRequested = 1

// registerPool gives the environment the allocator of pooled sessions. It lives as
// long as the environment and holds nothing before the first of them.
func registerPool() error {
	memory, err := ort.GetMemoryInfo()
	if err != nil {
		return message.Errorf("ONNX Runtime's pool of memory: %w", err)
	}
	c, err := ort.NewArenaCfg(0, asRequested, -1, -1) // no limit; the runtime's own sizes
	if err != nil {
		return message.Errorf("ONNX Runtime's pool of memory: %w", err)
	}
	defer c.Destroy()
	if err := ort.CreateAndRegisterAllocator(memory, c); err != nil {
		return message.Errorf("ONNX Runtime's pool of memory: %w", err)
	}
	return nil
}

func release() error {
	environment.Lock()
	defer environment.Unlock()
	if environment.users == 0 {
		return message.New("ONNX Runtime was closed more often than opened")
	}
	environment.users--
	if environment.users > 0 {
		return nil
	}
	if err := ort.DestroyEnvironment(); err != nil {
		return message.Errorf("close ONNX Runtime: %w", err)
	}
	return nil
}

// options makes session options for this engine; the caller destroys them.
func (e *Engine) options(of inference.SessionOptions) (*ort.SessionOptions, error) {
	o, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		o.SetIntraOpNumThreads(cmp.Or(of.Threads, e.info.Threads)),
		o.SetLogSeverityLevel(ort.LoggingLevelFatal),
	)
	if err == nil && of.Pooled && !e.cuda {
		err = errors.Join(o.AddSessionConfigEntry("session.use_env_allocators", "1"), o.SetMemPattern(false))
	}
	if err == nil && e.cuda {
		err = e.appendCUDA(o)
	}
	if err != nil {
		return nil, errors.Join(err, o.Destroy())
	}
	return o, nil
}

func (e *Engine) appendCUDA(o *ort.SessionOptions) error {
	c, err := ort.NewCUDAProviderOptions()
	if err != nil {
		return err
	}
	// Heuristic algorithm choice: an exhaustive search costs seconds at the
	// first picture of every shape, and a reader waits for that picture.
	err = c.Update(map[string]string{"device_id": "0", "cudnn_conv_algo_search": "HEURISTIC"})
	if err == nil {
		err = o.AppendExecutionProviderCUDA(c)
	}
	return errors.Join(err, c.Destroy())
}

// versionOK says whether a library of this release serves APIVersion.
func versionOK(version string) bool {
	parts := strings.Split(version, ".")
	if len(parts) < 2 {
		return false
	}
	major, err1 := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	return err1 == nil && err2 == nil && (major > 1 || major == 1 && minor >= apiVersion)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
