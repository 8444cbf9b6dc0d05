package dicomio

import "hilum/dicomio/internal/dcm"

// Tags that are read by name (PS3.6).
const (
	tagMediaSOPClass               = 0x00020002
	tagMediaSOPInstance            = 0x00020003
	tagDocument                    = 0x00420011 // Encapsulated Document
	tagCharset                     = 0x00080005
	tagImageType                   = 0x00080008
	tagSOPClass                    = 0x00080016
	tagSOPInstance                 = 0x00080018
	tagStudyDate                   = 0x00080020
	tagStudyTime                   = 0x00080030
	tagAccession                   = 0x00080050
	tagModality                    = 0x00080060
	tagManufacturer                = 0x00080070
	tagInstitution                 = 0x00080080
	tagStudyDescription            = 0x00081030
	tagSeriesDescription           = 0x0008103E
	tagPatientName                 = 0x00100010
	tagPatientID                   = 0x00100020
	tagPatientBirthDate            = 0x00100030
	tagPatientSex                  = 0x00100040
	tagPatientAge                  = 0x00101010
	tagBodyPart                    = 0x00180015
	tagMagnification               = 0x00181114 // Estimated Radiographic Magnification Factor
	tagImagerSpacing               = 0x00181164
	tagNominalSpacing              = 0x00182010 // Nominal Scanned Pixel Spacing
	tagViewPosition                = 0x00185101
	tagStudyUID                    = 0x0020000D
	tagSeriesUID                   = 0x0020000E
	tagStudyID                     = 0x00200010
	tagSeriesNumber                = 0x00200011
	tagInstanceNumber              = 0x00200013
	tagPatientOrientation          = 0x00200020
	tagLaterality                  = 0x00200060
	tagImageLaterality             = 0x00200062
	tagSamples                     = 0x00280002
	tagPhotometric                 = 0x00280004
	tagPlanar                      = 0x00280006
	tagFrames                      = 0x00280008
	tagRows                        = 0x00280010
	tagColumns                     = 0x00280011
	tagPixelSpacing                = 0x00280030
	tagBitsAllocated               = 0x00280100
	tagBitsStored                  = 0x00280101
	tagHighBit                     = 0x00280102
	tagPixelRepresentation         = 0x00280103
	tagPaddingValue                = 0x00280120
	tagPaddingLimit                = 0x00280121
	tagCalibrationType             = 0x00280A02
	tagIdentityRemoved             = 0x00120062
	tagBurnedIn                    = 0x00280301
	tagLossy                       = 0x00282110 // Lossy Image Compression
	tagLossyRatio                  = 0x00282112
	tagLossyMethod                 = 0x00282114
	tagWindowCenter                = 0x00281050
	tagWindowWidth                 = 0x00281051
	tagRescaleIntercept            = 0x00281052
	tagRescaleSlope                = 0x00281053
	tagRescaleType                 = 0x00281054
	tagWindowName                  = 0x00281055
	tagWindowFunction              = 0x00281056
	tagModalityLUT                 = 0x00283000
	tagLUTDescriptor               = 0x00283002
	tagLUTExplanation              = 0x00283003
	tagModalityLUTType             = 0x00283004
	tagLUTData                     = 0x00283006
	tagVOILUT                      = 0x00283010
	tagPaletteDescriptor   dcm.Tag = 0x00281101 // red; green and blue follow
	tagPaletteData         dcm.Tag = 0x00281201
	tagPaletteSegmented    dcm.Tag = 0x00281221
	tagPresentationShape           = 0x20500020
	tagExtendedOffsets             = 0x7FE00001
)

const classDICOMDIR = "1.2.840.10008.1.3.10"
