// Package codes knows what coded concepts stand for that say what a film shows
// (PS3.16). Its tables are generated; the scheme of a value is not looked at: values
// of SNOMED CT, which are long numbers, and of SNOMED-RT, which have letters, do not
// meet. It imports nothing.
package codes

// Anatomy names a part of the body, "" for values that are not known.
func Anatomy(value string) string { return anatomyCodes[value] }

// View names a view.
func View(value string) string { return viewCodes[value] }

// Modifier names what modifies a view.
func Modifier(value string) string { return modifierCodes[value] }
