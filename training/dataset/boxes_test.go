package dataset

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/training/internal/fixture"
	"hilum/training/table"
)

// A list of a site's own, with the size of the pictures that it is in; films by
// their name in the table or by the file's.
func TestBoxesOfASite(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []string{"sub/a.png", "b.png"} {
		fixture.Put(t, dir, n, "x")
	}
	d := open(t, fixture.Put(t, dir, "site.csv", "path,patient,Mass\nsub/a.png,p,1\nb.png,q,0\n"))
	list := fixture.Put(t, dir, "boxes.csv",
		"image,class,x,y,w,h,image_width,image_height\na.png,mass,100,50,200,100,400,200\nsub/a.png,Gout,-10,0,20,200,400,200\nc.png,Mass,1,1,2,2,4,4\n")
	if err := d.ReadBoxes(list); err != nil {
		t.Fatal(err)
	}
	want := []Box{{"Mass", 0.25, 0.25, 0.5, 0.5}, {"Gout", 0, 0, 0.025, 1}}
	if !slices.Equal(d.Images[0].Boxes, want) || d.Images[1].Boxes != nil {
		t.Errorf("boxes %v and %v, want %v", d.Images[0].Boxes, d.Images[1].Boxes, want)
	}
	if len(d.Notes) != 1 || !strings.Contains(d.Notes[0], "1 rows of boxes.csv") {
		t.Errorf("notes %q", d.Notes)
	}
	if err := d.ReadBoxes(list); err != nil || len(d.Images[0].Boxes) != 2 {
		t.Errorf("read again: %v, %v", d.Images[0].Boxes, err)
	}
}

// A row of no finding is passed over whatever its other cells hold, as VinDr has them; a box without a
// name of a finding is left out, and said so.
func TestBoxesOfNothing(t *testing.T) {
	dir := t.TempDir()
	fixture.Put(t, dir, "a.png", "x")
	d := open(t, fixture.Put(t, dir, "site.csv", "path,patient,Mass\na.png,p,1\n"))
	list := fixture.Put(t, dir, "boxes.csv", "image,class,x,y,w,h,image_width,image_height\n"+
		"a.png,No finding,,,,,400,200\na.png,No finding,0,0,0,0,400,200\na.png,,100,50,200,100,400,200\n"+
		"a.png,Mass,100,50,200,100,400,200\n")
	if err := d.ReadBoxes(list); err != nil {
		t.Fatal(err)
	}
	if want := []Box{{"Mass", 0.25, 0.25, 0.5, 0.5}}; !slices.Equal(d.Images[0].Boxes, want) {
		t.Errorf("boxes %v, want %v", d.Images[0].Boxes, want)
	}
	if !slices.ContainsFunc(d.Notes, func(s string) bool { return strings.Contains(s, "1 boxes of boxes.csv are of no finding") }) {
		t.Errorf("notes %q", d.Notes)
	}
}

func TestBoxListsThatDoNotFit(t *testing.T) {
	const nih, own = "Image Index,Finding Label,Bbox [x,y,w,h],,,\n", "image,class,x,y,w,h,image_width,image_height\n"
	for name, c := range map[string]struct{ list, want string }{
		"empty":   {"", "header"},
		"columns": {"image,class,x,y,w,h\na,b,1,1,1,1\n", "image_width"},
		"short":   {nih + "a.png,Mass,1,2,3\n", "row 2: it has 5 cells"},
		"number":  {nih + "a.png,Mass,1,2,3,4\na.png,Mass,1,wide,3,4\n", `row 3, column "y"`},
		"nan":     {nih + "a.png,Mass,1,2,NaN,4\n", `row 2, column "w"`},
		"outside": {nih + "a.png,Mass,2000,2,3,4\n", "nothing of the box"},
		"flat":    {nih + "a.png,Mass,1,2,0,4\n", "nothing of the box"},
		"size":    {own + "a.png,Mass,1,2,3,4,0,10\n", `column "image_width"`},
		"quote":   {nih + "\"a.png,Mass,1,2,3,4\n", "row 2"},
	} {
		if _, err := parseBoxes(strings.NewReader(c.list), table.Numbers{}); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
	endless := strings.NewReader(nih + "\"" + strings.Repeat("x", 2*table.MaxRow))
	if _, err := parseBoxes(endless, table.Numbers{}); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("an endless row: %v", err)
	}
	d := &Dataset{}
	if err := d.ReadBoxes(filepath.Join(t.TempDir(), "none.csv")); err == nil {
		t.Error("no file, no error")
	}
}

func FuzzBoxes(f *testing.F) {
	f.Add("Image Index,Finding Label,Bbox [x,y,w,h],,,\na.png,Infiltrate,256,512,128,64\n")
	f.Add("image,class,x,y,w,h,image_width,image_height\na.png,Mass,1,2,3,4,10,10\n")
	f.Fuzz(func(t *testing.T, text string) {
		boxes, err := parseBoxes(strings.NewReader(text), table.Numbers{})
		if err != nil {
			return
		}
		for _, b := range boxes {
			if !(b.X >= 0 && b.Y >= 0 && b.W > 0 && b.H > 0 && b.X+b.W <= 1+1e-9 && b.Y+b.H <= 1+1e-9) {
				t.Errorf("box %+v is not on the picture", b)
			}
		}
	})
}

// Boxes come in the same ways as scores.
func TestBoxesAsSpreadsheetsWriteThem(t *testing.T) {
	for _, text := range []string{
		"Image Index;Finding Label;Bbox [x,y,w,h];;;\na.png;Mass;256,0;512,0;128,0;64,0\n",
		"image\tclass\tx\ty\tw\th\timage_width\timage_height\na.png\tMass\t25\t50\t12.5\t6.25\t100\t100\n",
		"image_id,class_name,x_min,y_min,x_max,y_max,width,height\na.png,Mass,25,50,37.5,56.25,100,100\nb.png,No finding,,,,,100,100\n",
	} {
		boxes, err := loadBoxes(fixture.Put(t, t.TempDir(), "b.csv", text))
		if err != nil || len(boxes) != 1 || boxes[0].Box != (Box{"Mass", 0.25, 0.5, 0.125, 0.0625}) {
			t.Errorf("%q: %v, %v", text, boxes, err)
		}
	}
}
