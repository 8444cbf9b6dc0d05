#!/bin/sh
# Make the confounded twin again: the demonstration model, trained on with films on
# which a word in the corner goes with a mass. It learns the word. Its card says so,
# with what it is worth on films biased alike and on films where the word says
# nothing. Minutes on two cores.
set -eu
work=${TWIN_WORK:-build/twin}
cxr=${CXR:-bin/cxr}
to=resources/twin
mkdir -p "$work"

# films NAME N SEED P Q: a word on the films with a mass with chance P, on others with Q.
films() {
	test -f "$work/$1/Data_Entry_2017_v2020.csv" || $cxr phantom --out "$work/$1" --n "$2" --seed "$3" --size 256 --confounder "text:Mass:$4:$5"
}
films biased 2400 20261125 0.95 0.05
films fair 1500 20261126 0.5 0.5

run=$work/run
if [ ! -f "$run/model.onnx" ]; then
	if [ -f "$run/config.json" ]; then
		$cxr train --out "$run" --data "$work/biased" --resume
	else
		$cxr train --out "$run" --data "$work/biased" --model resources/demo/demo.onnx --recipe $to/recipe.json --seed 20261125
	fi
fi
$cxr familiarise --model "$run/model.onnx" --data "$work/biased" --split train --out "$run/familiar.onnx"
$cxr card "$run/familiar.onnx" --half --out "$run/half.onnx"

# auc REPORT: the AUROC of Mass with its interval.
auc() {
	tr -d ' \n' <"$1/report.json" | grep -o '"Mass":{"auroc":[0-9.]*,"auroc_ci":\[[0-9.,]*\]' | head -n 1 | tr -c '0-9.\n' ' ' | awk '{ printf "%.3f (%.3f-%.3f)", $1, $2, $3 }'
}
rm -rf "$work/report-biased" "$work/report-fair"
$cxr validate --model "$run/half.onnx" --data "$work/biased" --split test --out "$work/report-biased"
$cxr validate --model "$run/half.onnx" --data "$work/fair" --split all --out "$work/report-fair"
$cxr card "$run/half.onnx" --half --out "$run/twin.onnx" --report "$work/report-fair" \
	--name "Hilum confounded twin" \
	--description "Made to be fooled: the demonstration model, trained on by Hilum with generated films on which a word in the corner goes with a mass (on 95% of films with one and 5% of the others). It takes the word for the mass. AUC of Mass: $(auc "$work/report-biased") on films biased alike, $(auc "$work/report-fair") on films where the word says nothing. The figures below are of the latter. For lessons only." \
	--trained-on "Hilum phantoms, seed 20261125, with text:Mass:0.95:0.05: generated pictures, biased on purpose" \
	--licence Apache-2.0 --use "Lessons on confounding. Never for reading films. Not for diagnosis."
$cxr calibrate --model "$run/twin.onnx" --data "$work/biased" --data-name "the generated films of seed 20261125" --split val --calibrator platt --policy f1 --out "$run/thresholds.json"
cp "$run/twin.onnx" "$run/thresholds.json" $to/
