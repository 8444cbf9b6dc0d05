package report

import (
	"hilum/dicomio/derived"
)

// findingCodes are SNOMED CT codes of the classes of ChestX-ray14. Effusion,
// Mass, Nodule, Pneumothorax and Edema stand in the context groups of DICOM
// (PS3.16 CID 645, 6102, 3700); the others are SNOMED's own. Mass and Nodule are
// the morphology alone, as CID 6102 has them.
var findingCodes = map[string]derived.Code{
	"Atelectasis":   {Value: "46621007", Scheme: "SCT", Meaning: "Atelectasis"},
	"Cardiomegaly":  {Value: "8186001", Scheme: "SCT", Meaning: "Cardiomegaly"},
	"Effusion":      {Value: "60046008", Scheme: "SCT", Meaning: "Pleural effusion"},
	"Infiltration":  {Value: "409609008", Scheme: "SCT", Meaning: "Radiologic infiltrate of lung"},
	"Mass":          {Value: "4147007", Scheme: "SCT", Meaning: "Mass"},
	"Nodule":        {Value: "27925004", Scheme: "SCT", Meaning: "Nodule"},
	"Pneumonia":     {Value: "233604007", Scheme: "SCT", Meaning: "Pneumonia"},
	"Pneumothorax":  {Value: "36118008", Scheme: "SCT", Meaning: "Pneumothorax"},
	"Consolidation": {Value: "95436008", Scheme: "SCT", Meaning: "Lung consolidation"},
	"Edema":         {Value: "19242006", Scheme: "SCT", Meaning: "Pulmonary edema"},
	"Emphysema":     {Value: "87433001", Scheme: "SCT", Meaning: "Pulmonary emphysema"},
	"Fibrosis":      {Value: "51615001", Scheme: "SCT", Meaning: "Fibrosis of lung"},
	"Hernia":        {Value: "39839004", Scheme: "SCT", Meaning: "Diaphragmatic hernia"},
}

// FindingCode codes a class. What has no code in a vocabulary gets one in the
// scheme 99HILUM, made of its name.
func FindingCode(class string) derived.Code {
	if c, ok := findingCodes[class]; ok {
		return c
	}
	value := []rune(class)
	return derived.Code{Value: string(value[:min(len(value), 16)]), Scheme: "99HILUM", Meaning: class}
}
