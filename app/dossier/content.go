package dossier

import (
	"fmt"
	pages "hilum/app/report"
	"math"
	"strings"

	"hilum/inference"
	"hilum/inference/calib"
	"hilum/internal/message/reread"
	"hilum/training"
	"hilum/training/report"
	"hilum/training/samplesize"
)

// section is a chapter of the pages.
type section struct {
	pages.Chapter
	id     string // as items.json names it
	silent bool   // the site has not stated what it is about
}

// block is short for what pages are made of.
type block = pages.Block

// fewFilms is below how many films of an outcome a subgroup is printed as too few.
const fewFilms = calib.FewestEvents

// sections are all but the list of items, which needs their pages.
func (d *Dossier) sections() []*section {
	out := []*section{
		newSection("verdict", d.words.Say("Verdict"), false, d.verdict()),
		newSection("model", d.words.Say("Model and software"), false, d.model()),
		newSection("use", d.words.Say("Intended use and users"), d.Site.IntendedUse == "", d.stated(
			d.words.Say("Intended use"), d.Site.IntendedUse, d.words.Say("Users"), d.Site.Users)),
		newSection("data", d.words.Say("Films and reference standard"),
			d.Site.DataSource == "" || d.Site.ReferenceStandard == "", d.stated(d.words.Say("Source"),
				d.Site.DataSource, d.words.Say("Inclusion"), d.Site.Inclusion, d.words.Say("Exclusion"), d.Site.Exclusion,
				d.words.Say("Reference standard"), d.Site.ReferenceStandard)),
		newSection("flow", d.words.Say("Flow, demographics, missing values"), false, d.flow()),
		newSection("sample", d.words.Say("Number of films"), d.Site.SampleSize == "", d.sample()),
		newSection("criteria", d.words.Say("Criteria and verdicts"), len(d.Verdicts) == 0, d.criteria()),
		newSection("figures", d.words.Say("Discrimination"), false, append(d.discrimination(), d.drawn(0, 1)...)),
		newSection("points", d.words.Say("Operating points"), false, append(d.points(), d.drawn(4)...)),
		newSection("calibration", d.words.Say("Calibration before and after"), false, append(d.calibration(),
			d.drawn(2)...)),
		newSection("decision", d.words.Say("Decision curves"), false, d.drawn(3)),
		newSection("subgroups", d.words.Say("Subgroups"), false, d.subgroups()),
		newSection("limits", d.words.Say("Limits"), false, d.limits()),
		newSection("monitoring", d.words.Say("Monitoring plan"), d.Site.MonitoringPlan == "",
			[]block{d.orNotStated(d.Site.MonitoringPlan)}),
		newSection("repeat", d.words.Say("How to repeat it"), false, d.repeat()),
		newSection("signatures", d.words.Say("Signatures"), false, d.signatures()),
	}
	return out
}

func newSection(id, title string, silent bool, blocks []block) *section {
	return &section{pages.Chapter{Title: title, Blocks: blocks}, id, silent}
}

func (d *Dossier) orNotStated(text string) block {
	if text == "" {
		text = d.words.Say("Not stated.")
	}
	return block{Text: text}
}

// stated is a table of what the site says; pairs are what and its text.
func (d *Dossier) stated(pairs ...string) []block {
	g := [][]string{{d.words.Say("What"), d.words.Say("As the site states it")}}
	for i := 0; i < len(pairs); i += 2 {
		g = append(g, []string{pairs[i], d.orNotStated(pairs[i+1]).Text})
	}
	return []block{{Rows: g}}
}

func (d *Dossier) verdict() []block {
	out := []block{{Text: d.words.Say(inference.NotForDiagnosis)}}
	switch {
	case len(d.Verdicts) == 0:
		out = append(out, block{Strong: true,
			Text: d.words.Say("No criteria were set: this dossier describes, it accepts nothing.")})
	case d.Accepted:
		out = append(out, block{Strong: true, Text: d.words.Say("All criteria are met.")})
	default:
		out = append(out, block{Strong: true, Text: d.words.Say("Not all criteria are met.")})
	}
	m := d.Report.Macro
	return append(out, block{Text: d.words.Say("%d films of %d patients; mean AUROC of %d classes: %s", d.Flow.Films,
		d.Flow.Patients, m.Classes, d.interval(m.AUROC, m.AUROCCI))})
}

func (d *Dossier) model() []block {
	c := d.Model.Card
	sha := d.Model.SHA256
	if sha == "" {
		sha = d.words.Say("Not stated.")
	}
	g := [][]string{{d.words.Say("What"), d.words.Say("As the model states it")}}
	for _, r := range [][2]string{{d.words.Say("Model"), d.Model.Name}, {d.words.Say("About the model"), c.Description},
		{d.words.Say("Training data"), c.Data}, {d.words.Say("Licence"), c.Licence}, {d.words.Say("Intended use"),
			c.IntendedUse}} {
		g = append(g, []string{r[0], d.orNotStated(r[1]).Text})
	}
	g = append(g, []string{"SHA-256", sha}, []string{d.words.Say("Scores, SHA-256"), d.Report.SHA256},
		[]string{d.words.Say("Software"), d.Program}, []string{d.words.Say("Site"), d.Site.Name},
		[]string{d.words.Say("Author"), d.orNotStated(d.Site.Author).Text}, []string{d.words.Say("Date"),
			d.orNotStated(d.Site.Date).Text})
	return []block{{Rows: g}}
}

func (d *Dossier) flow() []block {
	out := []block{{Text: d.words.Say("The table of scores holds %d films of %d patients.", d.Flow.Films,
		d.Flow.Patients)}}
	if d.Flow.Films == d.Flow.Patients {
		out = append(out, block{Text: d.words.Say("Every film stands for a patient of its own: whether patients have several films is not known unless the site says so.")})
	}
	g := [][]string{{d.words.Say("Finding"), d.words.Say("with"), d.words.Say("without"),
		d.words.Say("no label"), d.words.Say("Prevalence")}}
	for _, k := range d.Report.Classes {
		g = append(g, []string{d.words.Name(k.Name), d.words.Count(k.Positive), d.words.Count(k.Negative),
			d.words.Count(k.Unknown), d.figure(k.Prevalence)})
	}
	out = append(out, block{Rows: g})
	if len(d.Groups) == 0 {
		return append(out, block{Text: d.words.Say("The table has no columns for sex, age, view, site, maker, station or date.")})
	}
	g = [][]string{{d.words.Say("Films by"), "", d.words.Say("Films")}}
	for _, x := range d.Groups {
		name := x.Name
		if name == "" {
			name = d.words.Say("not known")
		}
		g = append(g, []string{d.grouping(x.By), name, d.words.Count(x.Films)})
	}
	return append(out, block{Rows: g})
}

// sample says what precision the number of films gives, and how many are missing to a usual one.
func (d *Dossier) sample() []block {
	out := []block{d.orNotStated(d.Site.SampleSize), {Text: d.words.Say(
		"What this many films give: half the width of a 95%% interval, of the AUROC by Hanley and McNeil, of sensitivity and specificity by Wilson, if both are %s; and how many films with the finding are missing until no interval is wider than %s from end to end. Films are taken to be independent.",
		d.fraction(samplesize.Usual().AUROC), d.fraction(samplesize.Usual().Width))}}
	g := [][]string{{d.words.Say("Finding"), d.words.Say("with"), d.words.Say("without"), "AUROC",
		d.words.Say("Sensitivity"), d.words.Say("Specificity"), d.words.Say("films missing")}}
	for _, k := range d.Report.Classes {
		x := samplesize.Usual().Of(k.Positive, k.Negative)
		missing := "\u2013"
		if x.More >= 0 {
			missing = d.words.Count(x.More)
		}
		g = append(g, []string{d.words.Name(k.Name), d.words.Count(k.Positive), d.words.Count(k.Negative), d.half(x.AUROC),
			d.half(x.Sensitivity), d.half(x.Specificity), missing})
	}
	out = append(out, block{Rows: g})
	for _, k := range d.Report.Classes {
		if n := min(k.Positive, k.Negative); n < calib.AdvisedEvents {
			out = append(out, block{Text: d.words.Say("%s has %d films of the rarer outcome; %d are advised.",
				d.words.Name(k.Name), n,
				calib.AdvisedEvents)})
		}
	}
	return out
}

func (d *Dossier) criteria() []block {
	if len(d.Verdicts) == 0 {
		return []block{{Text: d.words.Say("No criteria were set: this dossier describes, it accepts nothing.")}}
	}
	g := [][]string{{d.words.Say("Finding"), d.words.Say("Figure"), d.words.Say("Bound"),
		d.words.Say("Value"), d.words.Say("Verdict")}}
	for _, v := range d.Verdicts {
		name, bound, met := d.words.Say("mean"), []string{}, d.words.Say("not met")
		if v.Class != "" {
			name = d.words.Name(v.Class)
		}
		if v.Least != nil {
			bound = append(bound, "\u2265 "+d.words.Figure(fmt.Sprint(*v.Least)))
		}
		if v.Most != nil {
			bound = append(bound, "\u2264 "+d.words.Figure(fmt.Sprint(*v.Most)))
		}
		if v.Bound {
			bound = append(bound, d.words.Say("(end of the interval)"))
		}
		if v.Met {
			met = d.words.Say("met")
		}
		g = append(g, []string{name, v.Figure, strings.Join(bound, " "), d.figure(v.Value), met})
	}
	return []block{{Rows: g}}
}

func (d *Dossier) discrimination() []block {
	g := [][]string{{d.words.Say("Finding"), "AUROC", "95%", "AUPRC", "95%"}}
	for _, k := range d.Report.Classes {
		g = append(g, []string{d.words.Name(k.Name), d.figure(k.AUROC), d.span(k.AUROCCI), d.figure(k.AUPRC),
			d.span(k.AUPRCCI)})
	}
	return []block{{Rows: g}, {Text: d.words.Say("Intervals are of %d draws of patients.", d.Rounds)}}
}

func (d *Dossier) points() []block {
	g := [][]string{{d.words.Say("Finding"), d.words.Say("Threshold"), d.words.Say("Sensitivity"),
		d.words.Say("Specificity"), "PPV", "NPV"}}
	for _, k := range d.Report.Classes {
		g = append(g, []string{d.words.Name(k.Name), d.figure(k.Threshold), d.interval(k.Sensitivity,
			k.SensitivityCI),
			d.interval(k.Specificity, k.SpecificityCI), d.interval(k.PPV, k.PPVCI), d.interval(k.NPV, k.NPVCI)})
	}
	return []block{{Rows: g}}
}

func (d *Dossier) calibration() []block {
	g := [][]string{{d.words.Say("Finding"), "", d.words.Say("Slope"), d.words.Say("Intercept"), "ECE",
		"Brier"}}
	for i, k := range d.Report.Classes {
		b := d.Before.Classes[i]
		g = append(g, d.calibrated(d.words.Name(k.Name), d.words.Say("before"), &b),
			d.calibrated("", d.words.Say("after"), &k))
	}
	return []block{{Rows: g}}
}

func (d *Dossier) calibrated(name, when string, k *report.Class) []string {
	return []string{name, when, d.figure(k.Slope), d.figure(k.Intercept), d.figure(k.ECE), d.figure(k.Brier)}
}

func (d *Dossier) subgroups() []block {
	if len(d.Report.Subgroups) == 0 {
		return []block{{Text: d.words.Say("The table has no subgroups.")}}
	}
	g := [][]string{{d.words.Say("Films by"), "", d.words.Say("Films"), d.words.Say("Finding"), "AUROC",
		d.words.Say("Sensitivity"),
		d.words.Say("Specificity")}}
	for _, s := range d.Report.Subgroups {
		for i, k := range d.Report.Classes {
			c := s.Classes[k.Name]
			if c == nil {
				continue
			}
			row := []string{"", "", "", d.words.Name(k.Name), d.words.Say("too few"), "", ""}
			if min(c.Positive, c.Negative) >= fewFilms {
				row = append(row[:4], d.interval(c.AUROC, c.AUROCCI), d.interval(c.Sensitivity, c.SensitivityCI),
					d.interval(c.Specificity, c.SpecificityCI))
			}
			if i == 0 {
				row[0], row[1], row[2] = d.grouping(s.By), s.Name, d.words.Count(s.Rows)
			}
			g = append(g, row)
		}
	}
	return []block{{Rows: g}}
}

func (d *Dossier) limits() []block {
	var out []block
	for _, text := range d.Site.Limits {
		out = append(out, block{Text: text})
	}
	for _, text := range append(append([]string{}, d.Report.Notes...), d.Report.Warnings...) {
		out = append(out, block{Text: d.words.Text(reread.Message(text))})
	}
	return append(out, block{Text: d.words.Say("Not done: class maps on boxes, unusual films, shortcut tests, speed on this machine, worst films as pictures.")})
}

func (d *Dossier) repeat() []block {
	return []block{{Text: d.words.Say("The scores and the thresholds lie in scores.csv and dossier.json beside this page. This command computes every figure again:")},
		{Text: "cxr dossier verify DIR"}}
}

func (d *Dossier) signatures() []block {
	const line = "____________________" // to write on
	g := [][]string{{d.words.Say("Role"), d.words.Say("Name"), d.words.Say("Date"),
		d.words.Say("Signature")}}
	for i, role := range []string{d.words.Say("Author"), d.words.Say("Physicist"),
		d.words.Say("Responsible radiologist"), d.words.Say("Management")} {
		name := line
		if i == 0 && d.Site.Author != "" {
			name = d.Site.Author
		}
		g = append(g, []string{role, name, line, line})
	}
	return []block{{Rows: g}}
}

// drawn are pictures by their place in readPictures, with their titles.
func (d *Dossier) drawn(which ...int) []block {
	titles := []string{d.words.Say("ROC"), d.words.Say("Precision and recall"), d.words.Say("Reliability"),
		d.words.Say("Decision curves"),
		d.words.Say("Calls at the threshold")}
	var out []block
	for _, i := range which {
		out = append(out, block{Text: titles[i], Picture: d.pictures[i]})
	}
	return out
}

// grouping is what subgroups are made by, in words.
func (d *Dossier) grouping(by string) string {
	switch by {
	case "sex":
		return d.words.Say("sex")
	case "age":
		return d.words.Say("age")
	case "view":
		return d.words.Say("view")
	case "site":
		return d.words.Say("where it was taken")
	case "maker":
		return d.words.Say("maker")
	case "station":
		return d.words.Say("machine")
	case "year":
		return d.words.Say("year")
	}
	return by
}

func (d *Dossier) figure(v training.Metric) string { return d.words.Figure(v.String()) }

func (d *Dossier) fraction(v float64) string { return d.words.Figure(training.Metric(v).String()) }

// half is an interval as what stands on either side.
func (d *Dossier) half(width float64) string {
	if math.IsNaN(width) {
		return "\u2013"
	}
	return "\u00b1" + d.fraction(width/2)
}

func (d *Dossier) span(r *training.Range) string { return d.words.Text(r.Message()) }

func (d *Dossier) interval(v training.Metric, r *training.Range) string {
	return strings.TrimSpace(d.figure(v) + " " + d.span(r))
}

// checklist is the section of items, when the others have pages; unnumbered pages are named by their titles.
func (d *Dossier) checklist(all []*section, paged bool) (*section, error) {
	list, err := items()
	if err != nil {
		return nil, err
	}
	at := map[string]*section{}
	for _, s := range all {
		at[s.id] = s
	}
	out := newSection("items", d.words.Say("Items of the guidelines"), false, nil)
	at["items"] = out
	g := [][]string{{d.words.Say("Guideline"), d.words.Say("Item"), "", d.words.Say("Where")}}
	for _, i := range list {
		where := d.words.Say("not done")
		switch s := at[i.Section]; {
		case s != nil && s.silent: // nothing was said
		case s == out:
			where = d.words.Say("here")
		case s != nil && paged:
			where = d.words.Say("page %d", s.Page)
		case s != nil:
			where = s.Title
		}
		g = append(g, []string{i.Guideline, i.Number, i.text(d.Language), where})
	}
	out.Blocks = []block{{Text: d.words.Say("Where an item is answered; much of it depends on what the site states.")},
		{Rows: g}}
	return out, nil
}
