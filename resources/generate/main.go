// Command generate draws the demo studies and the icon that package resources
// embeds. The same source gives the same bytes.
//
//	go run hilum/resources/generate -out resources
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	out := flag.String("out", ".", "the folder of package resources")
	flag.Parse()
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	folder := filepath.Join(out, "demo", "studies")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, s := range studies {
		data, err := s.draw()
		if err != nil {
			return fmt.Errorf("%s: %w", s.file, err)
		}
		if err := os.WriteFile(filepath.Join(folder, s.file), data, 0o644); err != nil {
			return err
		}
	}
	data, err := icon(512)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "icon.png"), data, 0o644)
}
