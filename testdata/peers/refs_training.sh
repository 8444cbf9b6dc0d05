#!/bin/sh
# Regenerates the references of inference/calib and training.
# usage: refs_training.sh   (from the checkout; SCORES may name the published table)
set -eu
python=${PYTHON:-python3}
$python testdata/peers/metrics_scores.py training/testdata
if [ -n "${SCORES:-}" ]; then
	$python testdata/peers/calib_reference.py inference/calib/testdata/reference.json "$SCORES"
fi
