#!/bin/sh
# Measures speed as ratios against named peers, interleaved, on this machine.
# PYTHON names an interpreter with the peers; without it they are installed
# under build/peers with pip (about 3 GB).
set -eu
python=${PYTHON:-}
if [ -z "$python" ]; then
	python=build/peers/bin/python
	if [ ! -x "$python" ]; then
		python3 -m venv build/peers
		build/peers/bin/pip install -q torch torchvision grad-cam onnx onnxscript pillow numpy
	fi
fi
go build -o build/bench ./testdata/bench
export HILUM_ORT_LIB="${HILUM_ORT_LIB:-$PWD/build/ort}"
set -- build/bench bin/cxr bin/hilum ${HILUM_BENCH_FOLDER:+"$HILUM_BENCH_FOLDER"}
if [ -z "${DISPLAY:-}" ] && command -v xvfb-run >/dev/null 2>&1; then
	xvfb-run -a -s '-screen 0 1600x1000x24' "$python" -W ignore testdata/peers/bench.py "$@"
else
	"$python" -W ignore testdata/peers/bench.py "$@"
fi
