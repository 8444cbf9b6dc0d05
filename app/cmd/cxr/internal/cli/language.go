package cli

import (
	"context"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"hilum/internal/catalogue"
	"hilum/internal/message"
)

// languageVariable names the language where the flag does not.
const languageVariable = "HILUM_LANGUAGE"

// languageFlag is the flag of every command.
const languageFlag = "language"

// AddLanguage lets people choose the language of what is printed for them. Without a
// choice it is English as the program is written in: output that other programs read, and
// JSON always, stays as it is.
func AddLanguage(root *cobra.Command) {
	root.PersistentFlags().String(languageFlag, "",
		"`language` of help, messages and pages for people: %s ($HILUM_LANGUAGE; nothing is English as written)")
	Names(root.PersistentFlags(), languageFlag, strings.Join(catalogue.Codes(), ", "))
	addHelp(root)
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		words, err := chosenWords(cmd.Root())
		if err != nil {
			return UsageError{err}
		}
		cmd.SetContext(context.WithValue(cmd.Context(), wordsKey{}, words))
		return nil
	}
}

// wordsKey finds the words in the context of a command.
type wordsKey struct{}

// wordsOf are the words that a command prints with.
func wordsOf(cmd *cobra.Command) message.Words {
	words, _ := cmd.Context().Value(wordsKey{}).(message.Words)
	return words
}

// chosenWords are those of flag or environment.
func chosenWords(root *cobra.Command) (message.Words, error) {
	code, err := root.PersistentFlags().GetString(languageFlag)
	if err != nil {
		return message.Words{}, err
	}
	if code == "" {
		code = os.Getenv(languageVariable)
	}
	return WordsIn(code)
}

// WordsIn are the words of a language; of none, "", English as the program is written in.
func WordsIn(code string) (message.Words, error) {
	if code == "" {
		return message.Words{}, nil
	}
	return catalogue.Words(code)
}

// Asked are the words to say an error in, which may be that there is no such language.
func Asked(root *cobra.Command) message.Words {
	words, err := chosenWords(root)
	if err != nil {
		return message.Words{}
	}
	return words
}
