package ort

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"hilum/internal/message"
)

// envCUDALibraries lists extra folders to look for CUDA and cuDNN libraries in.
const envCUDALibraries = "HILUM_CUDA_LIBS"

// cudnnLibrary is the release of cuDNN that ONNX Runtime is built for.
const cudnnLibrary = "libcudnn.so.9"

// driverLibrary comes with the display driver, never with a package.
const driverLibrary = "libcuda.so.1"

// CUDAReport says, piece by piece, whether the CUDA provider can run here.
type CUDAReport struct {
	Steps []CUDAStep `json:"steps"`
}

// CUDAStep is one thing that CUDA needs.
type CUDAStep struct {
	Name   string          `json:"name"`            // a library, or what is asked of the driver
	Path   string          `json:"path,omitempty"`  // where it was found
	Failed message.Message `json:"failed,omitzero"` // the zero value when it is there
}

// Usable is true when every step passed.
func (r CUDAReport) Usable() bool { return len(r.Steps) > 0 && r.Reason().IsZero() }

// Reason is the first failing step in words, "" when there is none.
func (r CUDAReport) Reason() message.Message {
	for _, s := range r.Steps {
		if !s.Failed.IsZero() {
			return s.Failed
		}
	}
	return message.Message{}
}

func (r *CUDAReport) add(name, path string, failed message.Message) {
	r.Steps = append(r.Steps, CUDAStep{Name: name, Path: path, Failed: failed})
}

// CheckCUDA goes through what the CUDA provider beside the library needs: the
// provider itself, each library that it names as NEEDED (loaded here, so that
// the provider finds it without any system setting), and a driver with a device.
func CheckCUDA(library string) CUDAReport {
	var r CUDAReport
	if runtime.GOOS != "linux" {
		r.add("platform", "", message.Of("CUDA is supported on Linux only; the CPU is used"))
		return r
	}
	dir := filepath.Dir(library)
	provider := filepath.Join(dir, "libonnxruntime_providers_cuda.so")
	if !isFile(provider) {
		r.add(filepath.Base(provider), "",
			message.Of("this ONNX Runtime has no CUDA provider (make cuda gets the CUDA build)"))
		return r
	}
	r.add(filepath.Base(provider), provider, message.Message{})
	l := loader{folders: cudaFolders(dir), done: map[string]bool{}, report: &r}
	l.needs(provider)
	l.load(cudnnLibrary) // the provider opens it by name when the first convolution comes
	r.checkDriver()
	return r
}

// checkDriver asks the display driver for a device.
func (r *CUDAReport) checkDriver() {
	driver, err := dlopen(driverLibrary)
	if err != nil {
		r.add(driverLibrary, "", message.Of("no NVIDIA driver here (%s is not installed)", driverLibrary))
		return
	}
	n, err := cudaDevices(driver)
	switch {
	case err != nil:
		r.add(driverLibrary, "", message.Of("the NVIDIA driver does not start: %v", err))
	case n == 0:
		r.add(driverLibrary, "", message.Of("the NVIDIA driver finds no device"))
	default:
		r.add(driverLibrary, fmt.Sprintf("%d device(s)", n), message.Message{})
	}
}

// cudaFolders are the places to look for CUDA's libraries, best first: named by
// a person, unpacked by make cuda beside the library, the system's.
func cudaFolders(dir string) []string {
	folders := filepath.SplitList(os.Getenv(envCUDALibraries))
	folders = append(folders, dir, filepath.Join(dir, "lib"))
	folders = append(folders, filepath.SplitList(os.Getenv("LD_LIBRARY_PATH"))...)
	return append(folders, "/usr/local/cuda/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
		"/usr/lib64")
}

// loader resolves NEEDED libraries depth first: what a library needs is loaded
// before it.
type loader struct {
	folders []string
	done    map[string]bool
	report  *CUDAReport
}

func (l *loader) needs(path string) {
	needed, err := neededBy(path)
	if err != nil {
		l.report.add(filepath.Base(path), path, message.Of("%s is damaged: %v (make cuda gets it again)", path, err))
		return
	}
	for _, name := range needed {
		if isCUDA(name) {
			l.load(name)
		}
	}
}

// load finds a library and loads it after what it needs.
func (l *loader) load(name string) {
	if l.done[name] {
		return
	}
	l.done[name] = true
	found := l.find(name)
	if found == "" {
		l.report.add(name, "", message.Of("%s of CUDA is missing (make cuda gets it)", name))
		return
	}
	l.needs(found)
	failed := message.Message{}
	if _, err := dlopen(found); err != nil {
		failed = message.Of("%s does not load: %v", name, err)
	}
	l.report.add(name, found, failed)
}

func (l *loader) find(name string) string {
	for _, dir := range l.folders {
		if p := filepath.Join(dir, name); dir != "" && isFile(p) {
			return p
		}
	}
	return ""
}

// isCUDA tells CUDA's and cuDNN's libraries from those of the C library and
// from ONNX Runtime's own, which come with every system and with the wheel.
func isCUDA(name string) bool {
	for _, p := range []string{"libcu", "libnv", "libnccl"} {
		if strings.HasPrefix(name, p) {
			return name != driverLibrary
		}
	}
	return false
}

// neededBy lists the NEEDED entries of a shared library.
func neededBy(path string) ([]string, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.ImportedLibraries()
}
