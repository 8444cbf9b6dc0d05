package ort

import (
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"

	"hilum/internal/message"
)

// envLibrary names the environment variable that points at the library.
const envLibrary = "HILUM_ORT_LIB"

// install is what every error about a missing or old library tells a person.
const install = "run make engine, or set " + envLibrary + " to a libonnxruntime of release 1.24 or later"

// Find returns the path of ONNX Runtime's shared library. It looks at, in this
// order: the path given; HILUM_ORT_LIB; beside the program; the build folder of
// a checkout around the program or the working directory; the system's folders.
func Find(given string) (string, error) {
	for _, named := range []struct{ path, origin string }{{given, "--ort-lib"}, {os.Getenv(envLibrary), envLibrary}} {
		if named.path == "" {
			continue
		}
		if lib := inFolder(named.path); lib != "" {
			return lib, nil
		}
		if isFile(named.path) {
			return filepath.Abs(named.path)
		}
		return "", message.Errorf("no ONNX Runtime at %s (from %s); %s", named.path, named.origin, install)
	}
	for _, dir := range searchFolders() {
		if lib := inFolder(dir); lib != "" {
			return lib, nil
		}
	}
	return "", message.Errorf("ONNX Runtime is not installed; %s", install)
}

// searchFolders lists where the library may lie when nobody says.
func searchFolders() []string {
	var dirs []string
	if exe, err := os.Executable(); err == nil {
		if target, err := filepath.EvalSymlinks(exe); err == nil {
			exe = target
		}
		dir := filepath.Dir(exe)
		dirs = append(dirs, dir, filepath.Join(dir, "lib"))
		dirs = append(dirs, buildFolders(dir)...)
	}
	if wd, err := os.Getwd(); err == nil {
		dirs = append(dirs, buildFolders(wd)...)
	}
	return append(dirs, systemFolders()...)
}

// buildFolders are the build folders of the checkout that holds dir, the CUDA
// build first: its library runs on the CPU too.
func buildFolders(dir string) []string {
	for {
		if isFile(filepath.Join(dir, "FyneApp.toml")) && isFile(filepath.Join(dir, "go.mod")) {
			return []string{filepath.Join(dir, "build", "cuda"), filepath.Join(dir, "build", "ort")}
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return nil
		}
		dir = parent
	}
}

func systemFolders() []string {
	dirs := filepath.SplitList(os.Getenv("LD_LIBRARY_PATH"))
	switch runtime.GOOS {
	case "darwin":
		return append(dirs, "/usr/local/lib", "/opt/homebrew/lib")
	case "windows":
		return filepath.SplitList(os.Getenv("PATH"))
	}
	return append(dirs, "/usr/local/lib", "/usr/lib", "/usr/lib64", "/usr/lib/x86_64-linux-gnu",
		"/usr/lib/aarch64-linux-gnu")
}

// inFolder finds the library in a folder: the plain name, or the newest of the
// versioned ones.
func inFolder(dir string) string {
	if dir == "" {
		return ""
	}
	plain, versioned := "libonnxruntime.so", "libonnxruntime.so.*"
	switch runtime.GOOS {
	case "darwin":
		plain, versioned = "libonnxruntime.dylib", "libonnxruntime.*.dylib"
	case "windows":
		plain, versioned = "onnxruntime.dll", "onnxruntime.dll"
	}
	if p := filepath.Join(dir, plain); isFile(p) {
		return absolute(p)
	}
	matches, err := filepath.Glob(filepath.Join(escapeGlob(dir), versioned))
	if err != nil || len(matches) == 0 {
		return ""
	}
	sort.Slice(matches, func(i, j int) bool {
		return len(matches[i]) < len(matches[j]) || len(matches[i]) == len(matches[j]) && matches[i] < matches[j]
	})
	return absolute(matches[len(matches)-1])
}

// escapeGlob keeps a folder named with brackets from being read as a pattern.
func escapeGlob(dir string) string {
	return strings.NewReplacer(`[`, `\[`, `*`, `\*`, `?`, `\?`).Replace(dir)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// checkVersion loads the library far enough to ask its release, and says in one
// sentence what to do when it is no ONNX Runtime or one too old.
func checkVersion(library string) error {
	version, err := libraryVersion(library)
	if err != nil {
		return message.Errorf("%s cannot be used as ONNX Runtime: %w; %s", library, err, install)
	}
	if !versionOK(version) {
		return message.Errorf("ONNX Runtime %s at %s is too old (1.%d or later is needed); %s", version, library,
			apiVersion, install)
	}
	return nil
}
