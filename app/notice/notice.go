// Package notice is the one sentence that the program has for its reader: the last
// error or piece of news. Its core type is [Notices]. It imports internal/store and
// internal/message.
package notice

import (
	"hilum/internal/message"
	"hilum/internal/store"
)

// State is what a window shows of it.
type State struct {
	Message message.Message // one sentence, the zero value for none
	Done    bool            // it tells of something that was done, and needs no care
}

// Notices has the sentence.
type Notices struct{ state *store.Value[State] }

// New has nothing to say yet.
func New(h *store.Hub) *Notices { return &Notices{store.NewValue(h, State{})} }

// In is the state within a transaction.
func (n *Notices) In(tx store.Tx) *State { return n.state.In(tx) }

// Notify shows one sentence to the reader.
func (n *Notices) Notify(m message.Message) {
	n.state.Change(func(s *State) { *s = State{Message: m} })
}

// Tell shows one sentence of something that was done.
func (n *Notices) Tell(m message.Message) {
	n.state.Change(func(s *State) { *s = State{Message: m, Done: true} })
}

// Fail shows an error as a sentence.
func (n *Notices) Fail(err error) { n.Notify(message.Sentence(err)) }

// TellIn is Tell within a transaction.
func (n *Notices) TellIn(tx store.Tx, m message.Message) {
	*n.state.In(tx) = State{Message: m, Done: true}
}

// Say is Notify within a transaction.
func (n *Notices) Say(tx store.Tx, m message.Message) { *n.state.In(tx) = State{Message: m} }

// FailIn is Fail within a transaction.
func (n *Notices) FailIn(tx store.Tx, err error) { n.Say(tx, message.Sentence(err)) }

// Dismiss takes the sentence away.
func (n *Notices) Dismiss() { n.Notify(message.Message{}) }
