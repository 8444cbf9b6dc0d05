package findings

import (
	"hilum/inference"
	"hilum/internal/message"
)

// How far from its threshold a probability must lie, in shares of the way to certainty,
// for the words of it.
const (
	wellAway = 0.5
	away     = 0.15
)

// InWords says what a finding of a result means, in two lines as a person would: how
// likely it is, and how far from its threshold.
func InWords(r *inference.Result, f inference.Finding) (how, why message.Message) {
	if f.NoValid != "" {
		return message.Of("Undecided."), message.Of("There is no valid threshold, so neither side can be told.")
	}
	if r != nil && r.Exclusive && r.MostProbable().Class != f.Class {
		return likely(f), message.Of("The classes exclude each other, and %s is more probable.",
			inference.Term(r.MostProbable().Class))
	}
	if ci := f.ThresholdCI; ci != nil && f.Probability >= ci.Lo && f.Probability <= ci.Hi {
		return message.Of("Undecided."), message.Of("Within the interval of its threshold: either side is possible.")
	}
	return likely(f), distance(f)
}

// likely is the first line.
func likely(f inference.Finding) message.Message {
	switch m := f.RelMargin; {
	case m >= wellAway:
		return message.Of("Likely.")
	case m >= away:
		return message.Of("Rather likely.")
	case f.Positive:
		return message.Of("Possible.")
	case m > -away:
		return message.Of("Doubtful.")
	case m > -wellAway:
		return message.Of("Rather unlikely.")
	}
	return message.Of("Unlikely.")
}

// distance is the second line. Where the threshold has no interval nothing is said of it.
func distance(f inference.Finding) message.Message {
	m, sure := f.RelMargin, f.ThresholdCI != nil
	switch {
	case m >= wellAway && sure:
		return message.Of("Well above the threshold; the interval does not cross it.")
	case m >= wellAway:
		return message.Of("Well above the threshold; how sure the threshold is is not known.")
	case m >= away && sure:
		return message.Of("Above the threshold; the interval does not cross it.")
	case m >= away:
		return message.Of("Above the threshold; how sure the threshold is is not known.")
	case f.Positive && sure:
		return message.Of("Just above the threshold, outside its interval.")
	case f.Positive:
		return message.Of("Just above the threshold; how sure the threshold is is not known.")
	case m > -away && sure:
		return message.Of("Just below the threshold, outside its interval.")
	case m > -away:
		return message.Of("Just below the threshold; how sure the threshold is is not known.")
	case m > -wellAway && sure:
		return message.Of("Below the threshold; the interval does not cross it.")
	case m > -wellAway:
		return message.Of("Below the threshold; how sure the threshold is is not known.")
	case sure:
		return message.Of("Well below the threshold; the interval does not cross it.")
	}
	return message.Of("Well below the threshold; how sure the threshold is is not known.")
}

// ChangeInWords says how a finding has changed from the prior that it is compared with.
func ChangeInWords(r Row) message.Message {
	switch {
	case r.Change >= away:
		return message.Of("More than on the prior.")
	case r.Change <= -away:
		return message.Of("Less than on the prior.")
	}
	return message.Of("About as on the prior.")
}
