package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hilum/inference"
	"hilum/internal/message"
)

// Explain gives a command a long help text that is made of parts.
func Explain(cmd *cobra.Command, parts ...any) {
	long := message.List("", parts...)
	cmd.Long = long.String()
	cmd.SetHelpFunc(func(c *cobra.Command, args []string) {
		if c == cmd {
			c.Long = Asked(c.Root()).Text(long)
		}
		help(c, args)
	})
}

// namesAnnotation holds what a usage names besides its words.
const namesAnnotation = "names"

// Names puts names into the usage of a flag: it holds %s for them.
func Names(flags *pflag.FlagSet, flag string, names ...string) {
	if err := flags.SetAnnotation(flag, namesAnnotation, names); err != nil {
		panic(err) // the flag was added a line before
	}
}

// addHelp has help speak the language that was asked for.
func addHelp(root *cobra.Command) { root.SetHelpFunc(help) }

// help prints the help of a command.
func help(c *cobra.Command, args []string) {
	w := Asked(c.Root())
	c.Long, c.Short = helpText(w, c.Long), w.Say(c.Short)
	c.InitDefaultHelpFlag()
	c.InitDefaultVersionFlag()
	for _, sub := range c.Commands() {
		sub.Short = w.Say(sub.Short)
	}
	for _, set := range []*pflag.FlagSet{c.LocalFlags(), c.InheritedFlags()} {
		set.VisitAll(func(f *pflag.Flag) { f.Usage = usageText(w, f) })
	}
	c.SetUsageTemplate(usageTemplate(w, c.UsageTemplate()))
	(&cobra.Command{}).HelpFunc()(c, args)
}

// helpText is a long text in a language; the notice that it ends with is a text of its own.
func helpText(w message.Words, long string) string {
	if body, noticed := strings.CutSuffix(long, inference.NotForDiagnosis); noticed && body != "" {
		space := body[len(strings.TrimRight(body, " \n")):]
		return w.Say(strings.TrimSuffix(body, space)) + space + w.Say(inference.NotForDiagnosis)
	}
	return w.Say(long)
}

// usageText is what a flag does, in a language.
func usageText(w message.Words, f *pflag.Flag) string {
	names, ok := f.Annotations[namesAnnotation]
	if !ok {
		switch f.Name { // cobra's own
		case "help":
			return w.Say("show this help")
		case "version":
			return w.Say("show the version")
		}
		return w.Say(f.Usage)
	}
	args := make([]any, len(names))
	for i, n := range names {
		args[i] = message.Of(n)
	}
	delete(f.Annotations, namesAnnotation)
	return w.Say(f.Usage, args...)
}

// usageTemplate is cobra's, with its headings in a language.
func usageTemplate(w message.Words, template string) string {
	if w.IsZero() {
		return template
	}
	return strings.NewReplacer("Usage:", w.Say("Usage:"), "Examples:", w.Say("Examples:"),
		"Available Commands:", w.Say("Available commands:"), "Global Flags:", w.Say("Flags of all commands:"),
		"\nFlags:", "\n"+w.Say("Flags:"), "for more information about a command.", w.Say("says more about a command."),
		"Use \"", "\"",
	).Replace(template)
}
