#!/bin/sh
# Measures speed as ratios against named peers, interleaved, on this machine:
# one line a result, with what is ours, the peer, the ratio and the goal.
# PYTHON names an interpreter with the peers; without it they are installed
# under build/peers with pip (about 3 GB). BENCH names some of the parts:
# window, viewer, train, step, metrics, dicom, network.
set -eu
python=${PYTHON:-}
if [ -z "$python" ]; then
	python=build/peers/bin/python
	if [ ! -x "$python" ]; then
		python3 -m venv build/peers
		build/peers/bin/pip install -q torch torchvision grad-cam onnx onnxruntime onnxscript pillow numpy pandas scikit-learn \
			pydicom==3.0.2 pylibjpeg pylibjpeg-openjpeg pylibjpeg-libjpeg pylibjpeg-rle python-gdcm dicomweb-client
	fi
fi
parts=${BENCH:-window viewer train step metrics dicom network}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HILUM_ORT_LIB="${HILUM_ORT_LIB:-$PWD/build/ort}"
peers=testdata/peers

wanted() { case " $parts " in *" $1 "*) true ;; *) false ;; esac; }

# A part that fails is named and does not keep the others from running.
failed=""
part() {
	name=$1
	shift
	wanted "$name" || return 0
	"$@" || failed="$failed $name"
}

window() {
	go build -tags x11 -o build/bare ./testdata/bench/bare && "$python" testdata/bench/window.py bin/hilum bin/cxr build/bare ${HILUM_BENCH_WINDOW:-}
}

viewer() {
	set -- build/bench bin/cxr bin/hilum ${HILUM_BENCH_FOLDER:+"$HILUM_BENCH_FOLDER"}
	if [ -z "${DISPLAY:-}" ] && command -v xvfb-run >/dev/null 2>&1; then
		xvfb-run -a -s '-screen 0 1600x1000x24' "$python" -W ignore "$peers/bench.py" "$@"
	else
		"$python" -W ignore "$peers/bench.py" "$@"
	fi
}

train() { "$python" -W ignore "$peers/train_bench.py" build/bench bin/cxr; }

step() {
	HILUM_STEP_OUT="$work/step.onnx" go test -count=1 -run TestWriteStep ./inference/graph/fast >/dev/null &&
		"$python" -W ignore "$peers/graph_step.py" "$work/step.onnx" "$(nproc)"
}

metrics() {
	scores=${HILUM_TEST_DATA:-../shared/data}/scores/densenet121_nih.csv
	if [ ! -e "$scores" ]; then
		echo "1000 patient bootstraps: left out, there is no $scores (HILUM_TEST_DATA names the folder)"
		return 0
	fi
	"$python" -W ignore "$peers/metrics_bench.py" bin/cxr "$scores"
}

dicom() {
	if ! command -v dcmcjpeg >/dev/null 2>&1; then
		echo "DICOM: left out, dcmcjpeg of DCMTK is not installed"
		return 0
	fi
	"$python" -W ignore "$peers/dicom_bench.py"
}

network() {
	if ! command -v storescu >/dev/null 2>&1 || ! command -v Orthanc >/dev/null 2>&1; then
		echo "network: left out, DCMTK or Orthanc is not installed"
		return 0
	fi
	"$python" -W ignore "$peers/network_bench.py" bin/cxr
}

go build -o build/bench ./testdata/bench
for p in window viewer train step metrics dicom network; do
	part "$p" "$p"
done
if [ -n "$failed" ]; then
	echo "failed:$failed" >&2
	exit 1
fi
