package trainer

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"hilum/training/recipe"
)

// A cache that was damaged anywhere gives the model of an undamaged run to the last
// byte, in every precision and with pictures kept as well. Oracle: the run itself.
func TestARepairedCacheTrainsTheSameModel(t *testing.T) {
	e := openEngine(t)
	table := drawImages(t, 40)
	for name, set := range map[string]func(*recipe.Recipe){
		"half": func(*recipe.Recipe) {}, "single": func(r *recipe.Recipe) { r.Precision = "single" },
		"pictures": func(r *recipe.Recipe) { r.Views = 0 },
	} {
		c := headRun(t, table)
		c.Recipe = openRecipe(t, "last-block")
		c.Recipe.Size, c.Recipe.Epochs, c.Recipe.Batch, c.Recipe.Views = 32, 2, 8, 1
		set(&c.Recipe)
		want := read(t, mustTrain(t, Train{Config: c, Engine: e}).Model)
		files, err := filepath.Glob(filepath.Join(c.Out, "cache", "*.cache"))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, damage := range []func(b []byte) []byte{
			func(b []byte) []byte { b[20] ^= 1; return b },       // the file's own head
			func(b []byte) []byte { b[64+3] ^= 4; return b },     // the first record's name
			func(b []byte) []byte { b[64+60] ^= 0x10; return b }, // its values
			func(b []byte) []byte { // in most records
				for i := 150; i < len(b); i += 397 {
					b[i] ^= 0x80
				}
				return b
			},
			func(b []byte) []byte { return b[:len(b)*2/3] },                         // cut off
			func(b []byte) []byte { return append(b, "behind the last record"...) }, // too long
		} {
			again := c
			again.Out, again.Cache = filepath.Join(t.TempDir(), "run"), t.TempDir()
			for _, f := range files {
				if err := os.WriteFile(filepath.Join(again.Cache, filepath.Base(f)), damage(read(t, f)),
					0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got := read(t, mustTrain(t, Train{Config: again, Engine: e}).Model); !bytes.Equal(got, want) {
				t.Errorf("%s: a run on a damaged cache differs", name)
			}
		}
	}
}
