#!/bin/sh
# Make the demonstration model again: draw the phantoms, train on them from
# nothing, first on small pictures and then in three stages on larger ones, calibrate, validate on
# patients not trained on, and put the result into resources/demo. On the same
# kind of processor the same commit gives the same weights. It took 80 minutes
# on two cores that did other work too, and 4.5 GB of disk. A stopped run goes on where it was.
set -eu
work=${DEMO_WORK:-build/demo}
cxr=${CXR:-bin/cxr}
to=resources/demo
mkdir -p "$work"
test -f "$work/films/Data_Entry_2017_v2020.csv" || $cxr phantom --out "$work/films" --n 12000 --seed 20261124 --size 256

# train STAGE FLAGS: goes on with what is there.
train() {
	out=$work/$1
	shift
	test ! -f "$out/model.onnx" || return 0
	if [ -f "$out/config.json" ]; then
		$cxr train --out "$out" --data "$work/films" --resume
	else
		$cxr train --out "$out" --data "$work/films" --seed 20261124 "$@"
	fi
}
train coarse --arch resnet_fine --recipe $to/recipe-coarse.json
train fine --model "$work/coarse/model.onnx" --recipe $to/recipe-fine.json
train last --model "$work/fine/model.onnx" --recipe $to/recipe-last.json
train end --model "$work/last/model.onnx" --recipe $to/recipe-end.json

# The card is written in the run's folder, so that the films keep their parts. Its
# figures are those of calibrated scores; a new card makes a new file, which is
# calibrated once more to the same thresholds.
run=$work/end
calibrate() {
	$cxr calibrate --data "$work/films" --data-name "the generated films of seed 20261124" --split val --calibrator platt --policy f1 "$@"
}
$cxr familiarise --model "$run/model.onnx" --data "$work/films" --split train --out "$run/familiar.onnx"
calibrate --model "$run/familiar.onnx" --out "$run/before.json"
rm -rf "$work/report"
$cxr validate --model "$run/familiar.onnx" --thresholds "$run/before.json" --data "$work/films" --split test --per-class --out "$work/report"
$cxr card "$run/familiar.onnx" --out "$run/demo.onnx" --report "$work/report" \
	--name "Hilum demonstration model" \
	--description "A residual network of 1.3 million weights, trained from nothing by Hilum on generated chest films, their labels and the boxes of their findings. It knows nothing of real patients." \
	--trained-on "Hilum phantoms, seed 20261124: generated pictures, split by patient" \
	--licence Apache-2.0 --use "Trying out Hilum and teaching with generated pictures. Not for diagnosis."
calibrate --model "$run/demo.onnx" --out "$run/thresholds.json"
cp "$run/demo.onnx" "$run/thresholds.json" $to/
