package table

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"hilum/internal/message"
)

// Label is what a cell says of one class.
type Label int8

// The labels. Unknown is also what an empty cell says.
const (
	Unknown  Label = -1
	Negative Label = 0
	Positive Label = 1
)

// Words for labels, as Key writes them.
const (
	yesWords = " yes y ja j true t wahr positive pos positiv p abnormal auffaellig present vorhanden nachgewiesen x oui si sim vrai "
	noWords  = " no n nein nee false f falsch normal unauffaellig negative neg negativ absent nichtvorhanden keine kein non nao faux "
	// Words by which somebody says that it is not known.
	openWords = " u uncertain unsure unsicher fraglich possible possibly moeglich maybe vielleicht equivocal indeterminate unclear unklar ambiguous unknown unbekannt" +
		" na nan null nil none missing fehlt ka keineangabe notmentioned nichterwaehnt notassessed nichtbeurteilbar undefined verdacht va suspected" +
		" pending ausstehend tbd todo open offen nb unlabeled unlabelled notreported notread notreviewed notdone notavailable unavailable nichtbefundet nichtbewertet nichtuntersucht ungelabelt "
)

// ParseLabel reads a label: 1, 0, and -1 for uncertain, also as 1.0 or 1,0; yes
// and no in English and German words; a word that says that it is not known, and
// an empty cell, as Unknown. known is false for anything else.
func ParseLabel(text string) (l Label, known bool) {
	if text = clean(text); text == "" {
		return Unknown, true
	}
	switch text {
	case "1":
		return Positive, true
	case "0":
		return Negative, true
	case `\N`: // of MySQL
		return Unknown, true
	}
	if isMinus(text) || strings.ContainsRune(crosses, []rune(text)[0]) && utf8.RuneCountInString(text) == 1 ||
		saysNothing(text) {
		return Unknown, true
	}
	if markOf(text) != 0 {
		return Positive, true
	}
	if l, ok := numericLabel(text); ok {
		return l, true
	}
	key := " " + key(text) + " "
	switch {
	case len(key) < 3 || len(key) > 24:
		return Unknown, false
	case strings.Contains(yesWords, key):
		return Positive, true
	case strings.Contains(noWords, key):
		return Negative, true
	case strings.Contains(openWords, key):
		return Unknown, true
	}
	return Unknown, false
}

// saysNothing is true of signs without a letter or digit, of a doubt (yes?), and of
// the errors of spreadsheets: #N/A.
func saysNothing(text string) bool {
	if len(text) > 24 || strings.Trim(text, "+-") == "" && len(text) > 1 {
		return false
	}
	if text[0] == '#' {
		return strings.Contains(" #NV #N/A #NA #WERT! #VALUE! #BEZUG! #REF! #DIV/0! #NAME? #ZAHL! #NUM! #NULL! ",
			" "+strings.ToUpper(text)+" ")
	}
	if rest := strings.Trim(text, "? "); rest != text {
		_, known := ParseLabel(rest)
		return known
	}
	return strings.Trim(text, "?./*~\u2026") == ""
}

// A marks says how a column marks what is present, where it does without words.
type marks uint8

const (
	markPlus  marks = 1 << iota // +
	markX                       // x
	markCheck                   // a check mark
)

// crosses are what stands against a check mark; alone they say nothing.
const crosses = "\u2717\u2718\u274c\u2610"

// markOf is the mark that a cell is; 0 for anything else.
func markOf(text string) marks {
	switch text {
	case "+", "(+)", "++", "+++":
		return markPlus
	case "x", "X", "\u2715", "\u2716":
		return markX
	case "\u2713", "\u2714", "\u2705", "\u2611":
		return markCheck
	}
	return 0
}

func isMinus(text string) bool {
	switch text {
	case "-", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212", "--", "(-)", "\u00f8", "\u00d8":
		return true
	}
	return false
}

// label reads a label of a column with these marks: a minus is a negative there, and
// a cross where others have a check mark.
func (m marks) label(text string) (Label, bool) {
	if m == 0 {
		return ParseLabel(text)
	}
	switch text = clean(text); {
	case isMinus(text):
		return Negative, true
	case m&markCheck != 0 && text != "" && (strings.ContainsAny(crosses, text) ||
		markOf(text) == markX && text != "x" && text != "X"):
		return Negative, true
	}
	return ParseLabel(text)
}

func numericLabel(text string) (Label, bool) {
	if c := text[0]; len(text) > 12 || c != '+' && c != '-' && c != '.' && c != ',' && (c < '0' || c > '9') &&
		!strings.HasPrefix(text, "\u2212") {
		return Unknown, false
	}
	v, err := strconv.ParseFloat(strings.Replace(strings.Replace(text, "\u2212", "-", 1), ",", ".", 1), 64)
	switch {
	case err != nil:
	case v == 1:
		return Positive, true
	case v == 0:
		return Negative, true
	case v == -1:
		return Unknown, true
	}
	return Unknown, false
}

// Numbers reads the numbers of a table. Its zero value reads a dot as the decimal
// sign.
type Numbers struct {
	comma, dot bool // cells that can only be read with this decimal sign were seen
	delimiter  byte
	marks      []marks // of each column
}

// Label reads a label of a column, with the marks that LearnNumbers saw there.
func (n Numbers) Label(column int, text string) (Label, bool) {
	if column < len(n.marks) {
		return n.marks[column].label(text)
	}
	return ParseLabel(text)
}

// saw learns from a cell which decimal sign the table has.
func (n *Numbers) saw(cell string) {
	if comma, dot := decimalSigns(cell); comma {
		n.comma = true
	} else if dot {
		n.dot = true
	}
}

// decimalSigns says which sign a number can only have for its decimals.
func decimalSigns(cell string) (comma, dot bool) {
	at := strings.LastIndexAny(cell, ",.")
	if at < 0 || !numeric(cell) {
		return false, false
	}
	whole, rest := strings.TrimLeft(cell[:at], "+-"), cell[at+1:]
	if strings.ContainsAny(rest, "eE") {
		rest = rest[:strings.IndexAny(rest, "eE")] + "xxxx"
	}
	other := "."
	if cell[at] == '.' {
		other = ","
	}
	sure := strings.Contains(whole, other) || (whole == "" || whole == "0" || len(rest) != 3 || len(whole) > 3) &&
		!strings.ContainsAny(whole, ",.")
	return sure && cell[at] == ',', sure && cell[at] == '.'
}

// numeric is quick and lets some through that are none.
func numeric(cell string) bool {
	for i := range len(cell) {
		if c := cell[i]; (c < '0' || c > '9') && !strings.ContainsRune("+-.,eE '", rune(c)) {
			return false
		}
	}
	return cell != "" && strings.ContainsAny(cell, "0123456789")
}

// Comma tells whether the decimal sign of the table is a comma.
func (n Numbers) Comma() bool { return n.comma && !n.dot }

// Parse reads a number with the table's decimal sign, with or without signs
// between thousands. What may be read in two ways is an error.
func (n Numbers) Parse(text string) (float64, error) {
	text = strings.NewReplacer("\u2212", "-", "\u00a0", "", "\u202f", "", "'", "", "\u2019", "").Replace(clean(text))
	comma, dot := decimalSigns(text)
	decimal := "."
	switch {
	case !strings.Contains(text, ","):
		if !dot && (strings.Count(text, ".") > 1 || n.Comma() && strings.Contains(text, ".")) {
			decimal = "," // 1.234.567, or 1.234 beside 0,5
		}
	case comma:
		decimal = ","
	case dot || strings.Count(text, ",") > 1:
	case n.comma && n.dot:
		return 0, message.Errorf("%.40q may be two numbers: decimal signs of the table are dots and commas", text)
	case n.dot:
	case n.comma || n.delimiter != ',' && n.delimiter != 0:
		decimal = ","
	default:
		return 0, message.Errorf("%.40q may be two numbers; write it without the comma", text)
	}
	plain, ok := withoutThousands(text, decimal)
	if !ok {
		return 0, message.Errorf("%.40q is not a number", text)
	}
	return parseFloat(plain, text)
}

// withoutThousands takes the signs between thousands out of a number and gives it a
// dot before its decimals; false where the groups are not of three digits.
func withoutThousands(text, decimal string) (string, bool) {
	between := ","
	if decimal == "," {
		between = "."
	}
	whole, rest, has := strings.Cut(text, decimal)
	groups := strings.Split(whole, between)
	for i, g := range groups {
		if digits := strings.TrimLeft(g, "+-"); len(groups) > 1 &&
			(i > 0 && len(g) != 3 || len(digits) > 3 || digits == "") {
			return "", false
		}
	}
	if has {
		rest = "." + rest
	}
	return strings.Join(groups, "") + rest, true
}

func parseFloat(text, as string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, message.Errorf("%.40q is not a number", as)
	}
	return v, nil
}

// maxAge is the age beyond which a number is a slip: the release of the NIH has
// some of over 400 years.
const maxAge = 120

// ParseAge reads 58, 58.0, 58,0, 058Y, 11M, 004D, "58 years" or "58 Jahre" in
// years; -1 for anything else and for slips. known is false where the cell says
// something that is no age.
func ParseAge(text string) (years int, known bool) {
	text = strings.ToLower(clean(text))
	if text == "" {
		return -1, true
	}
	if n, err := strconv.Atoi(text); err == nil && n >= 0 { // most are plain
		if n > maxAge {
			n = -1
		}
		return n, true
	}
	end := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != ',' })
	if end < 0 {
		end = len(text)
	}
	v, err := strconv.ParseFloat(strings.Replace(text[:end], ",", ".", 1), 64)
	per, ok := map[string]float64{"": 1, "y": 1, "yr": 1, "yrs": 1, "year": 1, "years": 1, "yo": 1, "y/o": 1, "j": 1,
		"j.": 1, "jahr": 1, "jahre": 1, "a": 1,
		"m": 12, "mo": 12, "month": 12, "months": 12, "monat": 12, "monate": 12, "w": 52, "week": 52, "weeks": 52,
		"woche": 52, "wochen": 52,
		"d": 365, "day": 365, "days": 365, "tag": 365, "tage": 365}[strings.TrimSpace(text[end:])]
	if l, open := ParseLabel(text); err != nil && open && l == Unknown {
		return -1, true
	}
	if err != nil || !ok {
		return -1, false
	}
	if v/per > maxAge {
		return -1, true
	}
	return int(v / per), true
}

// ParseSex reads M or F from words in English and German; "" for anything else.
func ParseSex(text string) string {
	switch key(text) {
	case "m", "male", "man", "boy", "maennlich", "mann", "herr", "junge":
		return "M"
	case "f", "female", "woman", "girl", "w", "weiblich", "frau", "maedchen":
		return "F"
	}
	return ""
}

// ParseDate reads the day of 2026-03-31 (a time may follow), 20260331, 31.03.2026 or
// 2026/03/31; ok is false for anything else, for what has no order by language too.
func ParseDate(text string) (day time.Time, ok bool) {
	text, _, _ = strings.Cut(strings.Replace(clean(text), "T", " ", 1), " ")
	for _, layout := range []string{time.DateOnly, "20060102", "2.1.2006", "2006/01/02"} {
		if day, err := time.Parse(layout, text); err == nil {
			return day, true
		}
	}
	return time.Time{}, false
}

// The views that ParseView names besides those of the table.
const (
	viewPA      = "PA"
	viewAP      = "AP"
	ViewLateral = "LATERAL"
)

// ParseView reads a view position: AP, PA or LATERAL from the words for them, else
// what the cell says in capitals.
func ParseView(text string) string {
	text = clean(text)
	switch key(text) {
	case "pa", "posteroanterior", "papa", "pastanding", "paview", "pastehend":
		return viewPA
	case "ap", "anteroposterior", "apview", "apliegend":
		return viewAP
	case "lateral", "lat", "seitlich", "seite", "laterolateral":
		return ViewLateral
	}
	return strings.ToUpper(text)
}
