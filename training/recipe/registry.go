package recipe

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"

	"hilum/internal/message"
	"hilum/internal/regular"
)

// Entry is a recipe that can be named. It is a value: whoever has one of their own
// appends it to [Recipes] and hands the list on.
type Entry struct {
	Name    string   // what flags call it
	Aliases []string // other names that flags and runs know it by
	Title   string   // what people call it
	JSON    []byte   // the recipe, as in a file
}

// Registry is a list of recipes in the order in which they are shown.
type Registry []Entry

// Recipes lists the recipes that come with the program.
func Recipes() Registry { return Registry{Head(), partial(), full(), seed()} }

// Find finds a recipe by one of its names.
func (r Registry) Find(name string) (Entry, bool) {
	i := slices.IndexFunc(r, func(e Entry) bool { return e.Name == name || slices.Contains(e.Aliases, name) })
	if i < 0 {
		return Entry{}, false
	}
	return r[i], true
}

// Names lists the names of the recipes.
func (r Registry) Names() []string {
	out := make([]string, len(r))
	for i, e := range r {
		out[i] = e.Name
	}
	return out
}

// Title is what people call a recipe; its name where it is not known.
func (r Registry) Title(name string) string {
	if e, ok := r.Find(name); ok {
		return e.Title
	}
	return name
}

// Open reads a recipe of the list by one of its names, or a JSON file. A file
// with a "base" changes the recipe of that name.
func (r Registry) Open(nameOrPath string) (Recipe, error) {
	if e, ok := r.Find(nameOrPath); ok {
		return decodeRecipe(Recipe{}, e.JSON)
	}
	data, err := regular.ReadFile(nameOrPath)
	if errors.Is(err, os.ErrNotExist) {
		return Recipe{}, message.Errorf("there is no recipe and no file %q; recipes are %s", nameOrPath,
			strings.Join(r.said(), ", "))
	}
	if err != nil {
		return Recipe{}, message.Errorf("recipe: %w", err)
	}
	var on struct {
		Base string `json:"base"`
	}
	if err := json.Unmarshal(data, &on); err != nil {
		return Recipe{}, message.Errorf("recipe %s: %w", nameOrPath, err)
	}
	var base Recipe
	if on.Base != "" {
		e, ok := r.Find(on.Base)
		if !ok {
			return Recipe{}, message.Errorf("recipe %s: its base %q is not one of %s", nameOrPath, on.Base,
				strings.Join(r.said(), ", "))
		}
		if base, err = decodeRecipe(Recipe{}, e.JSON); err != nil {
			return Recipe{}, err
		}
	}
	changed, err := decodeRecipe(base, data)
	if err != nil {
		return Recipe{}, message.Errorf("recipe %s: %w", nameOrPath, err)
	}
	return changed, nil
}

// said lists the names with their aliases.
func (r Registry) said() []string {
	out := r.Names()
	for i, e := range r {
		if len(e.Aliases) > 0 {
			out[i] += " (" + strings.Join(e.Aliases, ", ") + ")"
		}
	}
	return out
}
