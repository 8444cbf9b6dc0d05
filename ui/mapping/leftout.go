package mapping

import (
	"strconv"

	"hilum/training/dataset"
	"hilum/ui/kit"
)

// mostRows of those that are left out are shown.
const mostRows = 40

// LeftOut are the rows of a table that are no film, as rows of a kit.Table with a head: number,
// film and reason; nil where there are none.
func LeftOut(env *kit.Environment, rows []dataset.LeftOut, counts dataset.Counts) [][]string {
	if len(rows) == 0 {
		return nil
	}
	out := [][]string{{env.T("Row"), env.T("Why it is left out"), env.T("Film")}}
	for _, r := range rows[:min(len(rows), mostRows)] {
		why := env.T("its file is not there")
		if r.Why == dataset.RowTwice {
			why = env.T("an earlier row is of this film")
		}
		out = append(out, []string{strconv.Itoa(r.Row), why, r.Name})
	}
	if more := counts.Missing + counts.Duplicate - mostRows; more > 0 {
		out = append(out, []string{"", env.T("and %d more", more), ""})
	}
	return out
}
