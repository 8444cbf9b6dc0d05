package pacs

import (
	"hilum/dicomio/dimse"
	"hilum/dicomio/internal/dcm"
)

// QueryKey is an attribute of the identifiers that queries are made with, for the
// conformance statement.
type QueryKey struct {
	Level, Tag, Keyword string
	Matched             bool // a person can give a value; otherwise it is only asked for
}

// QueryKeys lists them by level.
func QueryKeys() []QueryKey {
	const value = "*"
	wanted := Query{
		StudyUID:    value,
		PatientID:   value,
		PatientName: value,
		Accession:   value,
		Dates:       value,
		Modalities:  []string{value},
	}
	var list []QueryKey
	for _, identifier := range [][]dimse.Key{wanted.keys(), seriesKeys(value), instanceKeys(value, value)} {
		level := identifier[0].Value
		for _, k := range identifier[1:] {
			list = append(list, QueryKey{level, dcm.TagText(k.Tag), dcm.Lookup(k.Tag).Keyword, k.Value != ""})
		}
	}
	return list
}

// ReceivedStatuses are the statuses with which objects are refused, see [Folder.Take], and
// that of success.
func ReceivedStatuses() []dimse.Status {
	return []dimse.Status{dimse.Success, dimse.OutOfResources, dimse.ClassMismatch, dimse.CannotUnderstand}
}
