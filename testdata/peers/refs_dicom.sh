#!/bin/sh
# Regenerates the fixtures of dicomio and has the peers read what it writes.
# usage: refs_dicom.sh   (from the checkout)
set -eu
python=${PYTHON:-python3}
$python testdata/peers/dicom_fixtures.py dicomio/testdata
$python testdata/peers/dicom_read.py
$python testdata/peers/dicom_evidence.py dicomio/evidence/testdata # needs dcmp2pgm of DCMTK
go test ./dicomio/derived -run TestPeersReadDerivedObjects -update-derived >/dev/null || true # the old reference no longer fits
$python testdata/peers/dicom_derived.py dicomio/derived/testdata
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bin/cxr phantom --out "$work/films" --n 400 --seed 7 --size 256
$python testdata/peers/orientation_check.py "$work/films" dicomio/orientation_table.go dicomio/testdata/orientation.json
