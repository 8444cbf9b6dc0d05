package worklist

// Veil says whose findings are not to be seen: hides is asked with the key of a picture
// (records.Picture.Key), "" where that is not known yet. It must be quick, and must not ask
// the list. Rows, filters and orders know nothing of a study with such a picture; nil hides
// nothing.
func (l *List) Veil(hides func(picture string) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hides = hides
	for _, it := range l.items {
		l.count(it)
	}
	l.changed()
}

// PictureKey is the key of the picture of an entry, "" where it is not known yet.
func (l *List) PictureKey(e *Entry) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return e.picture
}

// Know takes over the key of the picture of an entry.
func (l *List) Know(e *Entry, picture string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.picture == picture {
		return
	}
	if e.picture = picture; e.study != nil {
		l.count(e.study)
		l.changed()
	}
}

// hidden tells whether the findings of an entry are not to be seen. Under the lock.
func (l *List) hidden(e *Entry) bool {
	return l.hides != nil && frontal(e.Instance) && l.hides(e.picture)
}
