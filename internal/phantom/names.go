package phantom

import (
	"hilum/internal/phantom/chest"
	"hilum/internal/phantom/findings"
)

// View is how the beam went through the patient.
type View = chest.View

// PixelBox is a rectangle of pixels, half open.
type PixelBox = chest.PixelBox

// ConfounderKind names something on a film that is no disease, but from which a
// model can learn to guess one.
type ConfounderKind = chest.ConfounderKind

// ConfounderMark is where a confounder lies on a film.
type ConfounderMark = chest.ConfounderMark

// Finding names what is wrong with a film, spelt as in the NIH release.
type Finding = findings.Finding

// Lesion asks for one finding of a severity from 0 (just visible) to 1.
type Lesion = findings.Lesion

// Mark is where one finding lies.
type Mark = findings.Mark

// The views, the kinds of confounder and the findings.
const (
	PA = chest.PA
	AP = chest.AP

	TextTag      = chest.TextTag
	ChestDrain   = chest.ChestDrain
	HospitalLook = chest.HospitalLook

	Atelectasis       = findings.Atelectasis
	Cardiomegaly      = findings.Cardiomegaly
	Effusion          = findings.Effusion
	Infiltration      = findings.Infiltration
	Mass              = findings.Mass
	Nodule            = findings.Nodule
	Pneumonia         = findings.Pneumonia
	Pneumothorax      = findings.Pneumothorax
	Consolidation     = findings.Consolidation
	Edema             = findings.Edema
	Emphysema         = findings.Emphysema
	Fibrosis          = findings.Fibrosis
	PleuralThickening = findings.PleuralThickening
	Hernia            = findings.Hernia
)

// Findings lists all fourteen in the usual class order.
func Findings() []Finding { return findings.Findings() }
