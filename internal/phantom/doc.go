// Package phantom draws frontal chest films of people who never lived, with
// findings whose place and extent are known exactly. Tests, the demonstration
// and the lessons rest on it, because such pictures may be given to anybody and
// nothing about them has to be guessed.
//
// Its core type is [Image]. [Generate] draws one; a [Patient] is a person with
// films on several days; [WriteDataset] writes many in the layout of the NIH
// ChestX-ray14 release, and can tie a [Confounder] to a finding.
//
// A chest is a set of solids in centimetres: trunk, lungs, heart and great
// vessels, diaphragm, ribs, spine, shoulder girdle, a grown vascular tree. Rays
// through them give maps of material; Beer-Lambert, scatter, blur and quantum
// noise give the exposure; a split into broad and fine components and a film
// curve give the grey values. Nothing comes from a real film: every number is a
// rule or a random draw.
//
// What belongs to the person, and where a finding lies, is settled for a usual
// breath; each visit breathes, turns and is exposed anew.
//
// Each organ and each finding draws from its own random stream, so the same
// patient with and without a finding differs only by that finding, and the
// exposure and the grey scale are those of the healthy patient.
//
// The package imports what lies below it, internal/atomicfile and internal/parallel.
package phantom
