package mapcheck

import (
	"context"
	"fmt"

	"hilum/internal/message"
)

// The limits of the rules. docs/maps.md explains them.
const (
	// mostLeft is the rank correlation with a shuffled model's map under which the map
	// follows the weights. Half of it: Adebayo et al. 2018 find .5 and more for maps that
	// work as edge detectors.
	mostLeft = 0.5
	// mostChange is the relative change under which a map holds still: copies of one film
	// that a reader cannot tell apart may not move half of the evidence.
	mostChange = 0.5
	// mostAsMuch is the share of random places that may do as much as the map's own. One in
	// ten each: a map must pass taking away and putting back, and one of chance passes both
	// in fewer than one in ten.
	mostAsMuch = 0.1
	// mostAlike is the rank correlation with other patients' boxes from which a map is a
	// habit: it says of every film what it says of this one.
	mostAlike = 0.9
)

// Check is one question put to a map. It is a value: [Checks] lists them all.
type Check struct {
	Name  string          // in files and JSON
	Title string          // for people
	About string          // what the figure is, in a sentence
	Rule  message.Message // when the map passes, in a sentence

	measure func(ctx context.Context, t *trial) (Figure, error)
	missing func(t *trial) message.Message // what there is not to hold the map against
	passes  func(f Figure) bool
	why     func(f Figure) message.Message // why it failed
}

// Checks lists the questions in the order in which they are put.
func Checks() []Check {
	return []Check{
		randomisation(), deletion(), insertion(), stillness(shifted), stillness(noisy), priorAgreement(), pointing(),
	}
}

func nothingMissing(*trial) message.Message { return message.Message{} }

func randomisation() Check {
	return Check{
		Name: "randomisation", Title: "Follows the weights",
		About: "Rank correlation with the map of the same network with all weights shuffled, mean over several shuffles.",
		Rule:  message.Of("The upper end of the interval is below %s.", digits(mostLeft)),

		measure: measureRandomisation, missing: nothingMissing,
		passes: func(f Figure) bool { return f.Hi < mostLeft },
		why: func(f Figure) message.Message {
			return message.Of("It hardly follows what the model learnt: with shuffled weights the map stays alike (rank correlation %s).", figure(f))
		},
	}
}

func deletion() Check {
	return Check{
		Name: "deletion", Title: "The score falls where the map is hot",
		About: "How much lower the mean logit is while the places that the map calls strongest are greyed out one after another, than with the same map moved to random places.",
		Rule:  asMuchRule(),

		measure: func(ctx context.Context, t *trial) (Figure, error) { return measureOrder(ctx, t, deleting) },
		missing: nothingMissing, passes: fewDoAsMuch,
		why: func(f Figure) message.Message {
			return message.Of("The score does not follow it: greying out %s of the other places lowers the logit as much as its strongest ones.", share(f.Against))
		},
	}
}

func insertion() Check {
	return Check{
		Name: "insertion", Title: "The score rises where the map is hot",
		About: "How much higher the mean logit is while the places that the map calls strongest are put back into a grey picture one after another, than with the same map moved to random places.",
		Rule:  asMuchRule(),

		measure: func(ctx context.Context, t *trial) (Figure, error) { return measureOrder(ctx, t, inserting) },
		missing: nothingMissing, passes: fewDoAsMuch,
		why: func(f Figure) message.Message {
			return message.Of("The score does not follow it: %s of the other places alone raise the logit as much as its strongest ones.", share(f.Against))
		},
	}
}

// asMuchRule is that of maps that are moved to random places.
func asMuchRule() message.Message {
	return message.Of("At most %s of the random places do as much.", share(mostAsMuch))
}

func fewDoAsMuch(f Figure) bool { return f.Against <= mostAsMuch }

// stillness asks whether the map stays where it is in copies of one kind.
func stillness(kind copyKind) Check {
	c := Check{
		Rule: message.Of("The upper end of the interval is below %s.", digits(mostChange)), missing: nothingMissing,
		measure: func(ctx context.Context, t *trial) (Figure, error) { return measureStillness(ctx, t, kind) },
		passes:  func(f Figure) bool { return f.Hi < mostChange },
	}
	switch kind {
	case shifted:
		c.Name, c.Title = "shifts", "Holds still under small shifts"
		c.About = "Relative change of the map when the picture moves by up to 2% of its side and the map is moved back, mean over several shifts."
		c.why = func(f Figure) message.Message {
			return message.Of("It is not stable: when the picture moves by a few pixels the map changes by %s of itself.", figure(f))
		}
	case noisy:
		c.Name, c.Title = "noise", "Holds still under noise"
		c.About = "Relative change of the map under Gaussian noise of 2% of the picture's range, mean over several draws."
		c.why = func(f Figure) message.Message {
			return message.Of("It is not stable: under noise that nobody sees the map changes by %s of itself.", figure(f))
		}
	}
	return c
}

func priorAgreement() Check {
	return Check{
		Name: "prior", Title: "Is more than a habit",
		About: "Rank correlation with a map that sees no picture: where the finding lies in other patients.",
		Rule:  message.Of("The lower end of the interval is not above %s.", digits(mostAlike)),

		measure: measurePrior, passes: func(f Figure) bool { return f.Lo <= mostAlike },
		missing: func(t *trial) message.Message {
			if t.Prior == nil {
				return message.Of("Not asked: no boxes of other patients are known.")
			}
			return message.Message{}
		},
		why: func(f Figure) message.Message {
			return message.Of("It says nothing of this picture: it is what boxes of other patients would make it (rank correlation %s).", figure(f))
		},
	}
}

func pointing() Check {
	return Check{
		Name: "pointing", Title: "Points at what is known",
		About: "Share of the map and its shifted and noisy copies whose strongest place lies in a known box.",
		Rule:  message.Of("The lower end of the interval is above the share of the picture that the boxes cover."),

		measure: measurePointing, passes: func(f Figure) bool { return f.Lo > f.Against },
		missing: func(t *trial) message.Message {
			if len(t.Boxes) == 0 {
				return message.Of("Not asked: no boxes are known on this picture.")
			}
			return message.Message{}
		},
		why: func(f Figure) message.Message {
			return message.Of("It points beside what is known to be there: %s of its copies point into the boxes, chance is %s.", figure(f), digits(f.Against))
		},
	}
}

// figure writes a figure with its interval as sentences do.
func figure(f Figure) message.Message {
	return message.Of("%s, %s to %s", digits(f.Value), digits(f.Lo), digits(f.Hi))
}

// share writes a share as per cent.
func share(v float64) message.Figure { return message.Figure(fmt.Sprintf("%.0f%%", 100*v)) }

func digits(v float64) message.Figure { return message.Figure(fmt.Sprintf("%.2f", v)) }
