package command

import (
	"slices"
	"strings"
	"unicode"
)

// Hit is one text that a search found.
type Hit struct {
	Index int   // into the texts
	Score int   // larger is better
	At    []int // which runes of the text were meant, ascending
}

// What a rune that was meant is worth by where it stands. The figures order
// hits as people expect: beginnings of words before middles, runs before
// scattered letters, short texts before long ones.
const (
	worthAny   = 1
	worthRun   = 6 // right after the one before
	worthBegin = 8 // the first of a word
)

// Search finds the texts that have the letters of the query in its order, as
// people type the beginnings of words: "om" finds Open model. The best come
// first; with an empty query all come in their order. Case does not count, and
// each word of the query must be found.
func Search(query string, texts []string) []Hit {
	words := strings.Fields(strings.ToLower(query))
	var hits []Hit
	for i, text := range texts {
		hit := Hit{Index: i}
		if meant(words, text, &hit) {
			hits = append(hits, hit)
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return b.Score - a.Score })
	return hits
}

// meant looks for every word in a text.
func meant(words []string, text string, hit *Hit) bool {
	runes := []rune(strings.ToLower(text))
	for _, w := range words {
		at, score := best([]rune(w), runes)
		if at == nil {
			return false
		}
		hit.Score += score
		hit.At = append(hit.At, at...)
	}
	if len(words) > 0 {
		hit.Score = hit.Score*8 - len(runes)
	}
	slices.Sort(hit.At)
	hit.At = slices.Compact(hit.At)
	return true
}

// best places the runes of a word in a text so that they are worth most; nil
// where they do not all occur in order. It is the usual table of alignments:
// worth[j] is the best of the runes so far with the last at j.
func best(word, text []rune) (at []int, score int) {
	const none = -1
	worth := make([]int, len(text))
	from := make([][]int, len(word)) // where the rune before stands
	for i, r := range word {
		from[i] = make([]int, len(text))
		next := make([]int, len(text))
		reached, where := none, none // best of the runes before, anywhere left of j
		for j, t := range text {
			if i > 0 && j > 0 && worth[j-1] > reached {
				reached, where = worth[j-1], j-1
			}
			next[j] = none
			if t != r || i > 0 && reached == none {
				continue
			}
			next[j], from[i][j] = max(reached, 0)+value(text, j), where
			if i > 0 && worth[j-1] != none && worth[j-1]+worthRun >= next[j] {
				next[j], from[i][j] = worth[j-1]+worthRun, j-1
			}
		}
		worth = next
	}
	last := none
	for j, v := range worth {
		if v != none && (last == none || v > worth[last]) {
			last = j
		}
	}
	if last == none {
		return nil, 0
	}
	score = worth[last]
	for i := len(word) - 1; i >= 0; i-- {
		at = append(at, last)
		last = from[i][last]
	}
	slices.Reverse(at)
	return at, score
}

// value of a rune by its place.
func value(text []rune, j int) int {
	if j == 0 || !unicode.IsLetter(text[j-1]) && !unicode.IsDigit(text[j-1]) {
		return worthBegin
	}
	return worthAny
}
