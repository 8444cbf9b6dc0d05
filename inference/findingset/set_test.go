package findingset_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"hilum/inference/findingset"
)

// Oracles: the order of the columns of train.csv of CheXpert, the labels of
// default_pathologies of TorchXRayVision, and the 22 and 6 labels of VinDr-CXR as its
// files have them.
func TestShippedSets(t *testing.T) {
	want := map[string]string{
		"chestxray14": "Atelectasis,Cardiomegaly,Effusion,Infiltration,Mass,Nodule,Pneumonia,Pneumothorax,Consolidation,Edema,Emphysema,Fibrosis,Pleural_Thickening,Hernia",
		"chexpert": "No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,Lung Lesion,Edema,Consolidation,Pneumonia,Atelectasis,Pneumothorax," +
			"Pleural Effusion,Pleural Other,Fracture,Support Devices",
		"vindr": "Aortic enlargement,Atelectasis,Calcification,Cardiomegaly,Clavicle fracture,Consolidation,Edema,Emphysema,Enlarged PA,ILD,Infiltration," +
			"Lung Opacity,Lung cavity,Lung cyst,Mediastinal shift,Nodule/Mass,Pleural effusion,Pleural thickening,Pneumothorax,Pulmonary fibrosis,Rib fracture," +
			"Other lesion,COPD,Lung tumor,Pneumonia,Tuberculosis,Other diseases,No finding",
		"torchxrayvision": "Atelectasis,Consolidation,Infiltration,Pneumothorax,Edema,Emphysema,Fibrosis,Effusion,Pneumonia,Pleural_Thickening,Cardiomegaly," +
			"Nodule,Mass,Hernia,Lung Lesion,Fracture,Lung Opacity,Enlarged Cardiomediastinum",
		"phantoms": "Atelectasis,Cardiomegaly,Effusion,Infiltration,Mass,Nodule,Pneumonia,Pneumothorax,Consolidation,Edema,Emphysema,Fibrosis,Pleural_Thickening,Hernia",
	}
	sets := findingset.Sets()
	if len(sets) != len(want) {
		t.Fatalf("%v", sets.Names())
	}
	for _, s := range append(sets, findingset.General()) {
		if names := strings.Join(s.Names(), ","); s.Name != "general" && names != want[s.Name] {
			t.Errorf("%s has %s", s.Name, names)
		}
		if s.Title == "" || !strings.HasSuffix(s.Made, ".") {
			t.Errorf("%s: %q, %q", s.Name, s.Title, s.Made)
		}
		for _, l := range s.Labels {
			if len(l.What) < 10 || len(l.Pitfalls) < 20 || !strings.HasSuffix(l.What, ".") ||
				!strings.HasSuffix(l.Pitfalls, ".") || l.Source == "" || l.Display == "" {
				t.Errorf("%s, %s: %+v", s.Name, l.Name, l)
			}
			if _, ok := findingset.General().Label(l.As); !ok {
				t.Errorf("%s, %s stands for %q, which the general set has not", s.Name, l.Name, l.As)
			}
		}
	}
}

// TestGeneralSpeaksOfNoDataSet: what is said where the data is not known holds for any.
func TestGeneralSpeaksOfNoDataSet(t *testing.T) {
	for _, l := range findingset.General().Labels {
		for _, s := range findingset.Sets() {
			if strings.Contains(l.What+l.Pitfalls, s.Title) || strings.Contains(l.Pitfalls, " images") ||
				strings.Contains(l.Pitfalls, "this data set") {
				t.Errorf("%s: %s %s", l.Name, l.What, l.Pitfalls)
			}
		}
	}
}

func TestSpoken(t *testing.T) {
	nih, five := findingset.ChestXray14(), []string{"Atelectasis", "Cardiomegaly", "Consolidation", "Edema",
		"Pleural Effusion"}
	backwards := slices.Clone(nih)
	slices.Reverse(backwards)
	own := `{"name":"ours","title":"Our hospital","labels":[{"name":"Edema","pitfalls":"Read by one person.","source":"us"},{"name":"Shunt","what":"A shunt."}]}`
	for _, c := range []struct {
		clues findingset.Clues
		want  string
	}{
		{findingset.Clues{Labels: nih}, "chestxray14"},
		{findingset.Clues{Labels: backwards}, "chestxray14"},
		{findingset.Clues{Labels: nih[:13]}, "general"},
		{findingset.Clues{Labels: five}, "chexpert"},
		{findingset.Clues{Labels: nih, Data: "films of the ward"}, "general"},
		{findingset.Clues{Labels: nih, Data: "ChestX-ray14 and CheXpert"}, "general"},
		{findingset.Clues{Labels: nih, Data: "Hilum phantoms, seed 3"}, "phantoms"},
		{findingset.Clues{Labels: five, Data: "VinBigData, PA films"}, "vindr"},
		{findingset.Clues{Labels: nih, Data: "CheXpert", Recorded: "vindr"}, "vindr"},
		{findingset.Clues{Labels: nih, Recorded: own}, "ours"},
		{findingset.Clues{Recorded: "nonsense"}, "general"},
	} {
		if got := findingset.Sets().Spoken(c.clues); got.Name != c.want {
			t.Errorf("%+v: %s, want %s", c.clues, got.Name, c.want)
		}
	}
	vindr, _ := findingset.Sets().Find("VinDr")
	if got := findingset.Sets().Spoken(findingset.Clues{Labels: append([]string{"No finding"},
		vindr.Subsets[0]...)}); got.Name != "vindr" {
		t.Errorf("the labels of the competition: %s", got.Name)
	}
}

// TestASiteDescribesItsOwn: what its file leaves out comes from the general set, and
// what nobody knows stays empty.
func TestASiteDescribesItsOwn(t *testing.T) {
	s, err := findingset.Decode([]byte(`{"name":"ours","labels":[{"name":"Wet lung","as":"Edema"},{"name":"Edema","pitfalls":"Ours."},{"name":"Shunt"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	wet, _ := s.Label("Wet lung")
	edema, _ := findingset.General().Label("Edema")
	if wet.What != edema.What || wet.Code == nil || wet.Code.Value != edema.Code.Value || wet.Display != "Wet lung" {
		t.Errorf("%+v", wet)
	}
	if own, made, ok := s.About("Edema"); !ok || own.Pitfalls != "Ours." || made != "" {
		t.Errorf("%+v, %q", own, made)
	}
	if l, _, ok := s.About("Shunt"); ok {
		t.Errorf("%+v", l)
	}
	if l, made, ok := s.About("Pleural Effusion"); !ok || l.Name != "Effusion" || made != findingset.General().Made {
		t.Errorf("%+v, %q", l, made)
	}
	for _, bad := range []string{"", "{}", `{"name":"x","labels":[]}`,
		`{"name":"x","labels":[{"name":"a"},{"name":"a"}]}`, `{"name":"x","colour":1,"labels":[{"name":"a"}]}`} {
		if _, err := findingset.Decode([]byte(bad)); err == nil {
			t.Errorf("%s is taken for a set", bad)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range findingset.Sets() {
		b, err := json.Marshal(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := findingset.Decode(data)
		if err == nil && (s.Name == "" || len(s.Labels) == 0) {
			t.Errorf("%+v", s)
		}
	})
}
