package dicomweb

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// Object is a data set of the DICOM JSON model (PS3.18 F): attributes by tag, as
// "0020000D".
type Object map[string]Attribute

// Attribute is one of its attributes (PS3.18 F.2.2).
type Attribute struct {
	VR          string `json:"vr"`
	Value       Values `json:"Value"`
	BulkDataURI string `json:"BulkDataURI"`
}

// Values are the values of an attribute: texts, numbers, names, or objects. A value that
// stands alone, without its list, is taken for the only one.
type Values []json.RawMessage

// UnmarshalJSON implements json.Unmarshaler.
func (v *Values) UnmarshalJSON(b []byte) error {
	var list []json.RawMessage
	if json.Unmarshal(b, &list) == nil {
		*v = list
		return nil
	}
	*v = Values{append(json.RawMessage(nil), b...)}
	return nil
}

// Key is how a tag is written.
func Key(t tag.Tag) string { return fmt.Sprintf("%04X%04X", t.Group, t.Element) }

// Texts are the values of an attribute as text; of a person's name (PS3.18 F.2.2) its
// alphabetic form. Values that are empty are "".
func (o Object) Texts(t tag.Tag) []string {
	a, ok := o[Key(t)]
	if !ok {
		a = o[strings.ToLower(Key(t))]
	}
	var out []string
	for _, v := range a.Value {
		out = append(out, textOf(v))
	}
	return out
}

func textOf(v json.RawMessage) string {
	var text string
	if json.Unmarshal(v, &text) == nil {
		return strings.TrimSpace(text)
	}
	var name struct{ Alphabetic, Ideographic, Phonetic string }
	if json.Unmarshal(v, &name) == nil {
		for _, form := range []string{name.Alphabetic, name.Ideographic, name.Phonetic} {
			if form != "" {
				return strings.TrimSpace(form)
			}
		}
		return ""
	}
	var number json.Number
	if json.Unmarshal(v, &number) == nil {
		return number.String()
	}
	return ""
}

// Text is the first of Texts.
func (o Object) Text(t tag.Tag) string {
	if all := o.Texts(t); len(all) > 0 {
		return all[0]
	}
	return ""
}

// Int is a value that is a whole number, also one in quotes; otherwise the value for
// silence.
func (o Object) Int(t tag.Tag, silent int) int {
	if n, err := strconv.Atoi(o.Text(t)); err == nil {
		return n
	}
	return silent
}

// Items are the items of a sequence; what is no object is left out.
func (o Object) Items(t tag.Tag) []Object {
	var out []Object
	for _, v := range o[Key(t)].Value {
		var item Object
		if json.Unmarshal(v, &item) == nil && item != nil {
			out = append(out, item)
		}
	}
	return out
}

// decodeOne reads one object, also from a list of one.
func decodeOne(b []byte, to *Object) bool {
	if json.Unmarshal(b, to) == nil {
		return true
	}
	var list []Object
	if json.Unmarshal(b, &list) != nil || len(list) != 1 {
		return false
	}
	*to = list[0]
	return true
}
