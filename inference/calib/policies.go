package calib

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The kinds of the policies that come along.
const (
	F1Max       PolicyKind = "f1"          // the largest F1
	Youden      PolicyKind = "youden"      // the largest sensitivity + specificity
	Sensitivity PolicyKind = "sensitivity" // the highest threshold with at least Value
	Specificity PolicyKind = "specificity" // the lowest threshold with at least Value
	PPV         PolicyKind = "ppv"         // the lowest threshold with at least Value
	Cost        PolicyKind = "cost"        // the least FN*misses + FP*false alarms
	Fixed       PolicyKind = "fixed"       // Value itself: a person set the threshold
)

// largestF1 takes the threshold with the largest F1.
func largestF1() Rule {
	return Rule{
		Kind: F1Max, Form: "f1", Note: "largest F1, exact over the scores", Title: "the largest F1",
		Worth: func(_ Policy, c Confusion) float64 { return c.F1() },
	}
}

// youdenIndex takes the threshold with the largest sum of sensitivity and
// specificity (Youden 1950).
func youdenIndex() Rule {
	return Rule{
		Kind: Youden, Form: "youden", Title: "sensitivity + specificity",
		Worth: func(_ Policy, c Confusion) float64 { return c.Sensitivity() + c.Specificity() },
	}
}

// sensitivityFloor takes the highest threshold with at least a sensitivity.
func sensitivityFloor() Rule {
	return Rule{
		Kind: Sensitivity, Form: "sensitivity=X", Title: "a sensitivity of", Usual: "0.9", Parse: parseShare,
		Format: formatShare,
		Worth:  func(p Policy, c Confusion) float64 { return p.met(c.Sensitivity(), c.Specificity()) },
	}
}

// specificityFloor takes the lowest threshold with at least a specificity.
func specificityFloor() Rule {
	return Rule{
		Kind: Specificity, Form: "specificity=X", Title: "a specificity of", Usual: "0.9", Parse: parseShare,
		Format: formatShare,
		Worth:  func(p Policy, c Confusion) float64 { return p.met(c.Specificity(), c.Sensitivity()) },
	}
}

// ppvFloor takes the lowest threshold with at least a positive predictive value.
func ppvFloor() Rule {
	return Rule{
		Kind: PPV, Form: "ppv=X", Title: "a PPV of", Usual: "0.5", Parse: parseShare, Format: formatShare,
		Worth: func(p Policy, c Confusion) float64 { return p.met(c.PPV(), c.Sensitivity()) },
	}
}

// leastCost takes the threshold with the least cost of misses and false alarms.
func leastCost() Rule {
	return Rule{
		Kind: Cost, Form: "cost=FN:FP", Title: "costs of miss : false alarm", Usual: "5:1", Parse: parseCosts,
		Format: func(p Policy) string { return fmt.Sprintf("%g:%g", p.FN, p.FP) },
		Worth:  func(p Policy, c Confusion) float64 { return -(p.FN*c.FN + p.FP*c.FP) },
	}
}

// fixedThreshold takes the threshold that a person set.
func fixedThreshold() Rule {
	return Rule{Kind: Fixed, Form: "fixed=X", Note: "the threshold itself", Title: "hand", Usual: "0.5",
		Parse:  parseShare,
		Format: formatShare}
}

// met is worth where v reaches the policy's floor.
func (p Policy) met(v, worth float64) float64 {
	if v >= p.Value-1e-12 {
		return worth
	}
	return math.Inf(-1)
}

func parseShare(text string, p *Policy) bool {
	var err error
	p.Value, err = strconv.ParseFloat(text, 64)
	return err == nil && p.Value > 0 && p.Value <= 1
}

func formatShare(p Policy) string { return fmt.Sprintf("%g", p.Value) }

func parseCosts(text string, p *Policy) bool {
	fn, fp, _ := strings.Cut(text, ":")
	var err, err2 error
	p.FN, err = strconv.ParseFloat(fn, 64)
	p.FP, err2 = strconv.ParseFloat(fp, 64)
	return err == nil && err2 == nil && p.FN > 0 && p.FP > 0 && !math.IsInf(p.FN+p.FP, 0)
}
