package annotation

import (
	"slices"
	"strings"
	"testing"

	"hilum/internal/message"
)

// TestAPersonsWordsStay: the text of a mark is its writer's, whatever it looks like;
// only the figures beside it are put into the reader's language.
func TestAPersonsWordsStay(t *testing.T) {
	shout := message.In(loud{})
	for _, c := range []struct {
		mark Mark
		want []string
	}{
		{Mark{Kind: Text, Text: "pleural plaque left"}, []string{"pleural plaque left"}},
		{Mark{Kind: Text, Text: "Mass\n\nopen"}, []string{"Mass", "open"}},
		{Mark{Kind: Cobb, Text: "Cobb angle"}, []string{"Cobb angle", "COBB 12.0 "}},
	} {
		got := c.mark.LinesIn(shout, Reading{Value: 12})
		if len(got) != len(c.want) || !slices.Equal(got[:1], c.want[:1]) {
			t.Errorf("%q became %q, want %q", c.mark.Text, got, c.want)
		}
		for i, l := range c.want[1:] {
			if c.mark.Kind != Text && !strings.HasPrefix(got[1+i], "COBB") {
				t.Errorf("the figure of %q is %q, want %q", c.mark.Text, got[1+i], l)
			}
		}
	}
}

// loud is a language that says everything in capitals.
type loud struct{}

func (loud) Code() string { return "en" }
func (loud) Form(key string, _ int, _ bool) (string, bool) {
	return strings.Replace(key, "Cobb", "COBB", 1), true
}
func (loud) Term(string) (string, bool) { return "", false }
func (loud) Decimal() string            { return "." }
func (loud) Thousands() string          { return "," }
func (loud) DateLayout() string         { return "2006-01-02" }
