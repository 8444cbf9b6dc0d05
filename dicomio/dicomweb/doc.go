// Package dicomweb speaks with DICOM web services (PS3.18): it searches (QIDO-RS),
// retrieves (WADO-RS: objects, metadata, frames, rendered pictures) and stores (STOW-RS).
// Its core type is [Client]. Objects flow through without being held and are not
// transcoded; what is held is bounded; every wait ends. What servers get wrong and what can
// be understood all the same is read over with a warning. It imports net/http,
// mime/multipart and messages.
package dicomweb
