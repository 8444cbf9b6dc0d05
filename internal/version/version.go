// Package version is which Hilum this is.
package version

import "runtime/debug"

// Number is the version of the program, set by the build.
var Number = "unknown"

// Date is when the commit was made that the program was built from, as "2026-11-30"; ""
// where the build does not say.
func Date() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" && len(s.Value) >= len("2006-01-02") {
			return s.Value[:len("2006-01-02")]
		}
	}
	return ""
}
