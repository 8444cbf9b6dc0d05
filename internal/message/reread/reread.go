// Package reread makes messages again of the few sentences that files of earlier work
// hold in English: the notes of a run and of a report, and why a class has no threshold.
// Everything else that the program says stays a message until it is read; these have been
// text on a disk, or in the lines of a job's process, and are recognised by the formats
// that they were made by. A sentence that is none of them is data. It imports
// inference/findingset for how people write classes, and internal/message.
package reread

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"hilum/inference/findingset"
	"hilum/internal/message"
)

// Message is a sentence of a file as the message that it was made of, or one that is
// looked up as a whole. Names may hold what stands between them in a format: then the
// words of ours decide, and where they do not nobody can tell and the sentence stays.
func Message(text string) message.Message {
	for _, p := range patterns() {
		if args := p.takeApart(text); args != nil {
			return message.Reread(text, p.key, args...)
		}
	}
	if bare, ended := strings.CutSuffix(text, "."); ended { // a part that was made a sentence
		for _, p := range patterns() {
			if args := p.takeApart(bare); args != nil {
				return message.List("", message.Reread(bare, p.key, args...), ".")
			}
		}
	}
	return message.Of(text)
}

// Messages are the sentences of a file.
func Messages(texts []string) []message.Message {
	out := make([]message.Message, len(texts))
	for i, t := range texts {
		out[i] = Message(t)
	}
	return out
}

// pattern recognises a sentence that was made from a key with verbs.
type pattern struct {
	key   string
	like  *regexp.Regexp
	wide  *regexp.Regexp // like, but data reaches as far as it can; nil where that is the same
	args  []int          // which argument each verb of the key takes
	verbs []byte         // the verb of each
	kinds string         // of the arguments, in their order
}

// Kinds of arguments (see Sentences).
const (
	figureArgument = 'n'
	classArgument  = 'c'
	wordsArgument  = 'w'
	neededArgument = 'W'
	dataArgument   = 'd'
)

// verb is a verb of fmt as the keys use them.
var verb = regexp.MustCompile(`%(\[[0-9]+\])?[-+#0]*[0-9]*(\.[0-9]+)?[dsgvqf]`)

// patterns are those of the sentences; what says most is tried first.
var patterns = sync.OnceValue(func() []pattern {
	var out []pattern
	for key, kinds := range Sentences() {
		out = append(out, newPattern(key, kinds))
	}
	slices.SortFunc(out, func(a, b pattern) int {
		if d := len(b.like.String()) - len(a.like.String()); d != 0 {
			return d
		}
		return strings.Compare(a.key, b.key)
	})
	return out
})

// newPattern matches what Sprintf makes of a key with arguments of these kinds.
func newPattern(key, kinds string) pattern {
	p := pattern{key: key, kinds: kinds}
	p.match(`(.*?)`)
	if n := strings.Count(kinds, string(dataArgument)); n > 1 || n == 1 && strings.ContainsRune(kinds, wordsArgument) {
		narrow := p.like
		p.match(`(.*)`)
		p.like, p.wide = narrow, p.like
	}
	return p
}

// match makes the expression, and notes which argument each group is.
func (p *pattern) match(data string) {
	var b strings.Builder
	b.WriteString("(?s)^")
	p.args, p.verbs = nil, nil
	at := 0
	for i, m := range verb.FindAllStringIndex(p.key, -1) {
		b.WriteString(regexp.QuoteMeta(p.key[at:m[0]]))
		if p.key[m[0]+1] == '[' { // a verb with the number of its argument
			i = int(p.key[m[0]+2] - '1')
		}
		p.args, p.verbs = append(p.args, i), append(p.verbs, p.key[m[1]-1])
		switch {
		case p.key[m[1]-1] == 'q':
			b.WriteString(`"(.*?)"`)
		case p.kinds[i] == figureArgument:
			b.WriteString(`([-+\x{2212}]?(?:[0-9][-+0-9.eE]*|\.[0-9]+|NaN))`)
		case p.kinds[i] == dataArgument:
			b.WriteString(data)
		default:
			b.WriteString(`(.*?)`)
		}
		at = m[1]
	}
	b.WriteString(regexp.QuoteMeta(p.key[at:]) + "$")
	p.like = regexp.MustCompile(strings.ReplaceAll(b.String(), "%%", "%"))
}

// takeApart finds what was put into a sentence of the pattern, nil where it is none.
func (p *pattern) takeApart(sentence string) []any {
	parts := p.like.FindStringSubmatch(sentence)
	if parts == nil {
		return nil
	}
	args, known, ok := p.arguments(parts)
	if !ok || p.wide == nil {
		return args
	}
	other := p.wide.FindStringSubmatch(sentence)
	wide, knows, _ := p.arguments(other)
	decides := strings.ContainsRune(p.kinds, wordsArgument)
	switch {
	case slices.Equal(parts, other), decides && known:
		return args
	case decides && knows:
		return wide
	}
	return nil
}

// arguments are what the groups of a match hold. known says that all that should be our
// words is; ok, that the sentence is one of the pattern's.
func (p *pattern) arguments(parts []string) (args []any, known, ok bool) {
	args, known = make([]any, len(p.args)), true
	for i, at := range p.args {
		text := parts[1+i]
		switch kind := p.kinds[at]; kind {
		case wordsArgument, neededArgument:
			args[at] = Message(text)
			known = known && ours(text)
			if kind == neededArgument && !ours(text) {
				return nil, false, false
			}
		case classArgument:
			args[at] = classes(text, p.verbs[i])
		default:
			args[at] = value(text, p.verbs[i])
		}
	}
	return args, known, true
}

// ours says whether a text is one of the sentences here, or a whole one.
func ours(text string) bool {
	return slices.Contains(Whole(), text) ||
		slices.ContainsFunc(patterns(), func(p pattern) bool { return p.like.MatchString(text) })
}

// value is an argument as the verb took it.
func value(text string, verb byte) any {
	switch verb {
	case 'd':
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
	case 'g', 'f', 'e':
		if x, err := strconv.ParseFloat(text, 64); err == nil {
			return x
		}
	case 'q':
		if s, err := strconv.Unquote(`"` + text + `"`); err == nil {
			return s
		}
	}
	if verb == 'v' || verb == 's' {
		return text
	}
	return message.Data(text)
}

// classes are names of classes, each with a count behind it or none.
func classes(text string, verb byte) any {
	open, end := "", ""
	if verb == 'v' && strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		open, end, text = "[", "]", text[1:len(text)-1]
	}
	var parts []any
	for _, item := range strings.Split(text, ", ") {
		name, behind := item, ""
		if at := strings.LastIndexByte(item, ' '); at > 0 && strings.Trim(item[at+1:], "0123456789") == "" {
			name, behind = item[:at], item[at:]
		}
		parts = append(parts, message.List("", message.Term{Text: name, Name: findingset.DisplayName(name)}, behind))
	}
	return message.List("", open, message.List(", ", parts...), end)
}
