// Package version is which Hilum this is.
package version

// Number is the version of the program, set by the build.
var Number = "unknown"
