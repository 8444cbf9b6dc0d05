package classmap

import (
	"slices"
	"testing"
)

func TestClassSet(t *testing.T) {
	s := ClassSet("").With("Mass").With("Nodule").With("Mass").With("").With("a\nb")
	if !slices.Equal(s.List(), []string{"Mass", "Nodule"}) || !s.Has("Mass") || s.Has("") ||
		s.Without("Mass") != "Nodule" || s.Without("Mass").Without("Nodule") != "" {
		t.Errorf("%q", s)
	}
}
