// Package findings is the findings as they are listed: [Row], order and scale. It
// imports inference.
package findings

import (
	"cmp"
	"math"
	"slices"

	"hilum/inference"
)

// Row is one class in the findings panel.
type Row struct {
	Class   string
	Scored  bool // Finding is valid
	Finding inference.Finding

	Compared bool    // Then and Change are valid: a prior is shown beside the picture
	Then     float64 // the relative margin of the prior
	Change   float64 // relative margin now less that then, -2..2
}

// Sort is the order of the findings.
type Sort string

// The orders of the findings.
const (
	ByMargin Sort = "margin" // largest relative margin first
	ByClass  Sort = "class"  // the model's own order
	ByChange Sort = "change" // largest change from the prior first; as ByMargin without one
)

// Scale is what the figures beside the bars are.
type Scale string

// The scales of the figures.
const (
	ProbabilityScale Scale = ""          // probability and threshold
	OperatingScale   Scale = "operating" // 0.5 is at the threshold, see calib.OperatingPoint
)

// sortRows puts rows in order; equal ones stay in the model's.
func sortRows(rows []Row, by Sort) {
	switch by {
	case ByMargin:
		slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(b.Finding.RelMargin, a.Finding.RelMargin) })
	case ByChange:
		slices.SortStableFunc(rows, func(a, b Row) int {
			return cmp.Or(cmp.Compare(math.Abs(b.Change), math.Abs(a.Change)),
				cmp.Compare(b.Finding.RelMargin, a.Finding.RelMargin))
		})
	}
}

// ByName are classes in the order of their names.
func ByName(classes []string) []string {
	return slices.SortedStableFunc(slices.Values(classes), func(a, b string) int {
		return cmp.Compare(inference.Term(a).String(), inference.Term(b).String())
	})
}

// Classes are those of some rows, in their order.
func Classes(rows []Row) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.Class
	}
	return out
}
