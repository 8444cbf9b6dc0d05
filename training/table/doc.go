// Package table reads every table that comes into the program: labels, scores,
// lists of boxes, of parts and of prevalences, whatever spreadsheet, script or
// site wrote them. It finds encoding, delimiter and line ends ([Reader], its core
// type), tells what a column means by its heading and its cells ([Survey]), what a
// cell means ([ParseLabel], [Numbers], [ParseAge] ...), and which class a name
// stands for ([ClassName]); and it says what it understood ([Report]), so that
// nothing is used or left out in silence. It imports the standard library and
// golang.org/x/text.
package table
