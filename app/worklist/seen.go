package worklist

import "context"

// MarkSeen notes that a study was looked at, or with seen false that it counts
// as new.
func (l *List) MarkSeen(key string, seen bool) {
	l.mu.Lock()
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	l.seen[key] = seen
	for _, it := range l.items {
		if it.key == key {
			it.seen.Store(seen)
		}
	}
	if l.unsaved == nil {
		l.unsaved = map[string]bool{}
	}
	l.unsaved[key] = seen
	l.mu.Unlock()
	l.changed()
	if l.cfg.Records != nil && key != "" {
		l.spawn("remembering what was seen", l.saveSeen)
	}
}

// saveSeen writes what was marked since the last time. Marks are written in
// their order: one goroutine at a time, the last mark of a study only.
func (l *List) saveSeen() {
	l.saving.Lock()
	defer l.saving.Unlock()
	l.mu.Lock()
	marks := l.unsaved
	l.unsaved = nil
	l.mu.Unlock()
	for key, seen := range marks {
		if err := l.cfg.Records.MarkSeen(context.WithoutCancel(l.ctx), seen, key); err != nil {
			l.trouble(err)
		}
	}
}

// readSeen asks the records once what was seen.
func (l *List) readSeen() {
	if l.cfg.Records == nil {
		return
	}
	seen, err := l.cfg.Records.Seen(l.ctx)
	if err != nil {
		l.trouble(err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, now := range l.seen { // marked since
		seen[key] = now
	}
	l.seen = seen
	for _, it := range l.items {
		it.seen.Store(seen[it.key])
	}
}
