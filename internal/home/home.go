// Package home knows where this program keeps what it keeps for its user: the
// choices, the reader's records, runs and deployed models, pages made for them. It
// imports only the standard library.
package home

import (
	"os"
	"path/filepath"
	"runtime"

	"hilum/internal/message"
)

// Env names one folder for everything that the program keeps. Without it each kind
// lies where the system wants it.
const Env = "HILUM_HOME"

const folder = "hilum"

// Config is the folder of the user's choices.
func Config() (string, error) {
	if dir := chosen(); dir != "" {
		return dir, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", message.Errorf("no folder for preferences is known (%s can name one): %w", Env, err)
	}
	return filepath.Join(dir, folder), nil
}

// Data is the folder of records, runs and models: by the XDG base directory
// specification, and its like on other systems.
func Data() (string, error) {
	if dir := chosen(); dir != "" {
		return dir, nil
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, folder), nil
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" { // AppData, Application Support
		return Config()
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return "", message.Errorf("no folder for data is known (%s can name one): %w", Env, err)
	}
	return filepath.Join(dir, ".local", "share", folder), nil
}

// Documents is the folder for what the program makes for a person to keep.
func Documents() (string, error) {
	if dir := chosen(); dir != "" {
		return filepath.Join(dir, "documents"), nil
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return "", message.Errorf("no folder for documents is known (%s can name one): %w", Env, err)
	}
	return filepath.Join(dir, "Hilum"), nil
}

// Cache is the folder for what can be made again, where Env names a folder; else
// "", and everything lies where the system wants it.
func Cache() string {
	if dir := chosen(); dir != "" {
		return filepath.Join(dir, "cache")
	}
	return ""
}

// chosen is the folder that the variable names, absolute, so that a program which
// changes its folder keeps it; "" without one.
func chosen() string {
	dir := os.Getenv(Env)
	if dir == "" {
		return ""
	}
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}
