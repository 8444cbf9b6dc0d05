package dicomio

import (
	"math"
	"slices"

	"hilum/internal/message"
)

// orientationCells is the side of the grid on which a film is compared with the
// template of a frontal chest.
const orientationCells = 12

// orientationCheck is how a film lies, as far as the picture itself tells.
type orientationCheck struct {
	// fit is the correlation of the film with an upright frontal chest after
	// turning it clockwise by 0, 90, 180 and 270 degrees; of the inverted film it
	// is the negative.
	fit [4]float64
	// blank says that the picture has nothing in it to compare.
	blank bool
}

// The rules of the warnings. Of 1,202 frontal NIH films they warn of 15 (1.2%), and
// some of these with reason: two are inverted, one is lateral, one is mostly
// border. Of the same films turned by 90, 180 or 270 degrees or inverted they
// warn of at least 99.7%.
const (
	orientationGap  = 0.05 // another pose must fit better by so much
	orientationSure = 0.45 // and so well that it is named
	orientationAny  = 0.35 // no pose of a chest fits a picture under this
)

// checkOrientation looks how a grey picture lies, as it is shown by default. It compares
// ranks of brightness, so that window and exposure do not matter.
func checkOrientation(im *Image) orientationCheck {
	if im.Width < 4*orientationCells || im.Height < 4*orientationCells {
		return orientationCheck{blank: true}
	}
	cells, ok := rankedCells(thumbnail(im))
	if !ok {
		return orientationCheck{blank: true}
	}
	var norm float64
	for _, row := range orientationTable {
		for _, w := range row {
			norm += w * w
		}
	}
	var p orientationCheck
	for k := range p.fit {
		for y, row := range orientationTable {
			for x, w := range row {
				p.fit[k] += w * cells[y][x]
			}
		}
		p.fit[k] /= math.Sqrt(norm)
		cells = clockwise(cells)
	}
	return p
}

// clockwise turns a grid by a quarter.
func clockwise(g [orientationCells][orientationCells]float64) (out [orientationCells][orientationCells]float64) {
	for y := range g {
		for x := range g {
			out[x][orientationCells-1-y] = g[y][x]
		}
	}
	return out
}

// rankedCells gives the ranks of the mean brightness of a grid's cells, with
// mean 0 and length 1; false when all are equal. Equal ones share the mean of
// their ranks.
func rankedCells(im *Image) (out [orientationCells][orientationCells]float64, ok bool) {
	means := cellMeans(im)
	order := make([]int, len(means))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case means[a] < means[b]:
			return -1
		case means[a] > means[b]:
			return 1
		}
		return 0
	})
	const middle = float64(orientationCells*orientationCells-1) / 2
	var length float64
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && means[order[to]] == means[order[from]] {
			to++
		}
		rank := float64(from+to-1)/2 - middle
		for _, i := range order[from:to] {
			out[i/orientationCells][i%orientationCells] = rank
			length += rank * rank
		}
		from = to
	}
	if length == 0 {
		return out, false
	}
	for y := range out {
		for x := range out {
			out[y][x] /= math.Sqrt(length)
		}
	}
	return out, true
}

// cellMeans are the mean grey levels of the cells, row by row, of a picture of
// at least as many pixels each way.
func cellMeans(im *Image) []float64 {
	t := im.DisplayTable(im.DefaultWindow(), false)
	sums, counts := make([]float64, orientationCells*orientationCells),
		make([]float64, orientationCells*orientationCells)
	for i, v := range im.Stored {
		cell := i/im.Width*orientationCells/im.Height*orientationCells + i%im.Width*orientationCells/im.Width
		sums[cell] += float64(t.At(v))
		counts[cell]++
	}
	for i := range sums {
		sums[i] /= counts[i]
	}
	return sums
}

// warning says in a sentence what is wrong with the pose and what to do, "" for
// nothing.
func (p orientationCheck) warning() message.Message {
	if p.blank {
		return message.Message{}
	}
	best, turn, inverted := math.Inf(-1), 0, false
	for k, fit := range p.fit {
		if math.Abs(fit) > best {
			best, turn, inverted = math.Abs(fit), k, fit < 0
		}
	}
	switch upright := turn == 0 && !inverted; {
	case best >= orientationAny && (upright || best-p.fit[0] <= orientationGap):
		return message.Message{}
	case best < orientationSure || inverted && turn != 0:
		return message.Of("The picture does not look like an upright frontal chest film: check what it is before you read the findings.")
	case inverted:
		return message.Of("The picture looks inverted: air seems bright. If it is, export it again with the right polarity, since inverting it on the screen does not change the score.")
	case turn == 2:
		return message.Of("The picture looks upside down: export it again upright, since turning it on the screen does not change the score.")
	}
	return message.Of("The picture seems to lie on its side: export it again upright, since turning it on the screen does not change the score.")
}
