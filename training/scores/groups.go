package scores

import (
	"slices"
	"strings"

	"hilum/training/table"
)

// Grouping sorts the rows of a table into subgroups.
type Grouping struct {
	By    string   // "sex", "age", "view", "site", "maker", "station" or "year"
	Names []string // of the subgroups, in order
	Of    []int8   // of each row: index into Names; -1 when unknown
}

// maxSubgroups bounds what a column may hold to be worth subgroups.
const maxSubgroups = 12

// groupReader collects a grouping row by row.
type groupReader struct {
	Grouping
	column int
	name   func(cell string) string // of the subgroup; "" is unknown
}

func newGroupReaders(c *table.ScoreColumns) []groupReader {
	var out []groupReader
	for _, g := range []groupReader{
		{Grouping: Grouping{By: "sex"}, column: c.Sex, name: table.ParseSex},
		{Grouping: Grouping{By: "age"}, column: c.Age, name: ageBand},
		{Grouping: Grouping{By: "view"}, column: c.View, name: table.ParseView},
		{Grouping: Grouping{By: "site"}, column: c.Site, name: strings.TrimSpace},
		{Grouping: Grouping{By: "maker"}, column: c.Maker, name: strings.TrimSpace},
		{Grouping: Grouping{By: "station"}, column: c.Station, name: strings.TrimSpace},
		{Grouping: Grouping{By: "year"}, column: c.Date, name: yearOf},
	} {
		if g.column >= 0 {
			out = append(out, g)
		}
	}
	return out
}

// yearOf is the year of a date.
func yearOf(cell string) string {
	if day, ok := table.ParseDate(cell); ok {
		return day.Format("2006")
	}
	return ""
}

// maxGroupName bounds the name of a subgroup, in bytes.
const maxGroupName = 40

// ageBand is the bands in which radiographs of the chest differ most: growth,
// young, middle and old age.
func ageBand(cell string) string {
	switch age, _ := table.ParseAge(cell); {
	case age < 0:
		return ""
	case age < 18:
		return "0-17"
	case age < 40:
		return "18-39"
	case age < 60:
		return "40-59"
	case age < 80:
		return "60-79"
	}
	return "80 and over"
}

func (g *groupReader) add(row table.Row) {
	name := g.name(row.Cell(g.column))
	i := slices.Index(g.Names, name)
	if i < 0 && name != "" && len(name) <= maxGroupName && len(g.Names) < maxSubgroups {
		g.Names = append(g.Names, strings.Clone(name))
		i = len(g.Names) - 1
	}
	g.Of = append(g.Of, int8(i))
}

// sorted puts the names in order.
func (g *groupReader) sorted() Grouping {
	out := Grouping{By: g.By, Names: slices.Sorted(slices.Values(g.Names)), Of: g.Of}
	to := make([]int8, len(g.Names))
	for i, name := range g.Names {
		to[i] = int8(slices.Index(out.Names, name))
	}
	for row, i := range out.Of {
		if i >= 0 {
			out.Of[row] = to[i]
		}
	}
	return out
}
