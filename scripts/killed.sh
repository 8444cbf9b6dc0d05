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
	wait_for "the first steps" "$runs/*/metrics.jsonl"
}
# figures: what must be the same, of the run in $runs.
figures() {
	for f in "$runs"/*/model.onnx "$runs"/*/judged.json; do sha256sum <"$f"; done
}

begin killed
sleep "${KILL_AFTER:-7}"
kill -9 "$hilum"
wait "$hilum" 2>/dev/null || true
for _ in $(seq 60); do # the job sees that its window is gone, and writes its checkpoint
	pgrep -f "HILUM_JOB" >/dev/null 2>&1 || break
	sleep 0.5
done
[ ! -e "$(echo "$runs"/*/judged.json)" ] || fail "the training had ended before the program was killed"
sleep 3
start_hilum killed
open_wizard
picture offered
press $go_on
wait_for "the report of the killed run" "$runs/*/judged.json"
picture resumed
killed=$(figures)
xdotool key --window "$main" ctrl+q
wait "$hilum" || fail "the program did not end well"

begin alone
wait_for "the report of the run left alone" "$runs/*/judged.json"
[ "$killed" = "$(figures)" ] || fail "the killed run ended with other bytes: $killed, alone: $(figures)"
echo "$NAME: the run went on after $clicks clicks in all and ended with the same bytes"
