#!/bin/sh
# Kills the whole program in the middle of a training that the wizard began, and
# starts it again: the run must be offered, go on by one click, and end with the
# same model, thresholds and figures as one that was left alone.
# usage: killed.sh [folder for pictures]   (wants bin/hilum and build/ort)
set -eu
NAME="killed window"
PICTURES=${1:-}
. scripts/wizard.sh

# begin HOME: a practice run, in training.
begin() {
	start_hilum "$1"
	open_wizard
	press $practice
	wait_for "data" "$runs/*/data.json"
	press $next
	sleep 2
	press $next
}
# figures: what must be the same, of the run in $runs.
figures() {
	for f in "$runs"/*/model.onnx "$runs"/*/judged.json; do sha256sum <"$f"; done
}

begin killed
until grep -q '"event":"epoch","epoch":3' "$runs"/*/metrics.jsonl 2>/dev/null; do # a practice epoch takes a moment
	kill -0 "$hilum" 2>/dev/null || fail "the program ended before the third epoch"
	sleep 0.01
done
kill -9 "$hilum"
wait "$hilum" 2>/dev/null || true
sleep 10 # the job sees that its window is gone, and writes its checkpoint
ended=$(tail -n 1 "$runs"/*/metrics.jsonl)
[ ! -e "$(echo "$runs"/*/judged.json)" ] || fail "the training had ended before the program was killed"
start_hilum killed
picture offered # in the status line
open_wizard
press $all_runs
picture list
press $first_run
picture stopped
press $go_on
wait_for "the report of the killed run" "$runs/*/judged.json"
picture resumed
killed=$(figures)
xdotool key --window "$main" ctrl+q 2>/dev/null || true # the window goes while it is told of the key
wait "$hilum" || fail "the program did not end well"

begin alone
wait_for "the report of the run left alone" "$runs/*/judged.json"
[ "$killed" = "$(figures)" ] || fail "the killed run ended with other bytes: $killed, alone: $(figures)"
echo "$NAME: the run went on after $clicks clicks in all and ended with the same bytes; it had stopped at: $ended"
