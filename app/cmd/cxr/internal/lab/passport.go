package lab

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/lab/passport"
	"hilum/inference"
	"hilum/internal/message"
)

// passportJob is one run of cxr passport.
type passportJob struct {
	engine  cli.EngineFlags
	model   cli.ModelFlags
	config  passport.Config
	out     string
	json    bool
	outputs cli.Outputs
}

// NewPassport is cxr passport.
func NewPassport(r cli.Registries) *cobra.Command {
	j := &passportJob{}
	cmd := &cobra.Command{
		Use:     "passport --model M [--data D] --out DIR",
		Short:   "Measure what shortcuts a model takes: markers, drains, leads, exposure and so on",
		Example: "  cxr passport --model twin --out passport\n  cxr passport --model site.onnx --data films --out passport",
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if j.out == "" {
				return cli.Usage(message.New("no folder was named; use --out"))
			}
			return j.run(cmd)
		},
	}
	cli.Explain(cmd, message.Of("passport lays things that are no disease on phantoms, and on the films of a data set where one is named (%s),\n"+
		"and measures what they do to the odds of each class, beside the same at random places and beside patches of the film\n"+
		"itself. --out receives passport.html, which needs no other file, and passport.json, which cxr card takes into a model's card.",
		strings.Join(passport.Shortcuts().Names(), ", ")), " ", passport.Rule(), "\n\n",
		message.Of(inference.NotForDiagnosis))
	j.engine.Register(cmd)
	j.model.Register(cmd, r)
	j.outputs.Register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&j.config.Data, "data", "", "films of your own: a folder in the NIH layout, or a table (CSV)")
	fl.StringVar(&j.out, "out", "", "folder to write to")
	fl.IntVar(&j.config.Images, "films", 0, "films of each kind, at most (default: 32)")
	fl.IntVar(&j.config.Places, "places", 0, "random places of each thing on each film (default: 4)")
	fl.IntVar(&j.config.Rounds, "bootstrap", 0, "rounds of the bootstrap by patient (default: 1000)")
	fl.Uint64Var(&j.config.Seed, "seed", passport.UsualSeed, "seed of films, places and bootstrap")
	fl.BoolVar(&j.json, "json", false, "print one JSON object a line")
	return cmd
}

func (j *passportJob) run(cmd *cobra.Command) error {
	p := cli.NewPrinter(cmd, j.json)
	if err := os.MkdirAll(j.out, 0o755); err != nil {
		return message.Errorf("cannot make the folder for the passport: %w", err)
	}
	if err := j.outputs.Run().Check(filepath.Join(j.out, passport.File)); err != nil { // measuring is long
		return err
	}
	return cli.WithModel(j.engine, j.model, func(o cli.Opened) error {
		made, err := passport.Job{Config: j.config, Model: o.Model, OnStep: p.Steps()}.Run(cmd.Context())
		p.End()
		if err != nil {
			return err
		}
		return j.write(p, made)
	})
}

// write leaves the page and the file, and prints what there is to say.
func (j *passportJob) write(p *cli.Printer, made *passport.Passport) error {
	data, err := json.MarshalIndent(made, "", " ")
	if err != nil {
		return err
	}
	if _, err := j.outputs.Run().WriteBytes(filepath.Join(j.out, passport.File), append(data, '\n')); err != nil {
		return err
	}
	file, err := j.outputs.Run().Write(filepath.Join(j.out, "passport.html"),
		func(w io.Writer) error { return made.Page(w, p.Words) })
	if err != nil {
		return err
	}
	if p.JSON {
		return p.Encode(made)
	}
	for _, n := range made.Notes {
		p.Line(p.Out, "! %s", p.Words.Say(n))
	}
	for _, s := range made.Sources {
		p.Line(p.Out, "%s: %d films", s.Name, s.Images)
	}
	for _, e := range made.Taken() {
		p.Line(p.Out, "! %s", p.Words.Text(e.Sentence()))
	}
	if made.Passed() {
		p.Line(p.Out, "Nothing that was laid on films is taken for a finding.")
	}
	return p.Print(p.Out, "Page: %s\n%s", file, message.Of(inference.NotForDiagnosis))
}
