#!/bin/sh
# Regenerates the references of inference/calib, of the agreement of readers, and of training and what is below it.
# usage: refs_training.sh   (from the checkout; SCORES may name the published table)
set -eu
python=${PYTHON:-python3}
$python testdata/peers/metrics_scores.py training/testdata
$python testdata/peers/localise.py reference training/testdata/localise.json
$python testdata/peers/augment_reference.py training/augment/testdata/reference.json
$python testdata/peers/label_audit.py training/labelaudit/testdata/reference.json
$python testdata/peers/kappa_reference.py app/records/testdata/kappa.json
$python testdata/peers/monitor_reference.py training/monitor/testdata/reference.json
$python testdata/peers/samplesize_reference.py training/samplesize/testdata/samplesize.json
$python testdata/peers/tensorboard_events.py write training/tensorboard/testdata/events.bin
$python testdata/peers/train_reference.py
if [ -n "${SCORES:-}" ]; then
	$python testdata/peers/calib_reference.py inference/calib/testdata/reference.json "$SCORES"
fi
