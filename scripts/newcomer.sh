#!/bin/sh
# The way of a person who has never seen the program, under a virtual display:
# from the first window to a calibrated model of their own in use, on practice
# films, counting clicks and seconds. Fails over ten clicks or when a step does
# not come. Pictures of each step go to the folder that is named.
# usage: newcomer.sh [folder for pictures]   (wants bin/hilum and build/ort)
set -eu

for tool in Xvfb openbox xdotool import; do
	command -v "$tool" >/dev/null 2>&1 || { echo "newcomer's path skipped: $tool is not installed"; exit 0; }
done
[ -x bin/hilum ] || { echo "newcomer's path: bin/hilum is not built; run make build" >&2; exit 1; }

pictures=${1:-}
work=$(mktemp -d)
pids=
clean() {
	for p in $pids; do
		kill "$p" 2>/dev/null || true
		wait "$p" 2>/dev/null || true
	done
	sleep 1 # a job that sees its window gone writes its checkpoint
	rm -rf "$work" || true
}
trap clean EXIT
trap 'exit 130' INT TERM

patience=${NEWCOMER_PATIENCE:-600} # seconds for one step
clicks=0
begun=$(date +%s)

fail() {
	echo "newcomer's path failed: $1 (after $clicks clicks, $(($(date +%s) - begun)) s)" >&2
	tail -n 20 "$work/log" >&2 || true
	exit 1
}
# picture NAME: what the screen shows.
picture() {
	[ -z "$pictures" ] || { mkdir -p "$pictures"; import -window root "$pictures/$1.png"; }
}
# wait_for WHAT PATTERN: until a file of that pattern is there.
wait_for() {
	i=0
	until ls $2 >/dev/null 2>&1; do
		i=$((i + 1))
		[ $i -lt $((patience * 2)) ] || fail "$1 did not come"
		kill -0 "$hilum" 2>/dev/null || fail "the program ended before $1"
		sleep 0.5
	done
	echo "$1 after $(($(date +%s) - begun)) s, $clicks clicks"
	sleep 1.5
}

Xvfb -displayfd 3 -screen 0 1600x1000x24 -nolisten tcp 3>"$work/display" >/dev/null 2>&1 &
pids="$pids $!"
i=0
until [ -s "$work/display" ]; do
	i=$((i + 1))
	[ $i -lt 100 ] || { echo "newcomer's path skipped: Xvfb does not start here"; exit 0; }
	sleep 0.1
done
DISPLAY=:$(cat "$work/display")
export DISPLAY
openbox >/dev/null 2>&1 &
pids="$pids $!"
sleep 1

HILUM_TRACE=1 HILUM_ORT_LIB="${HILUM_ORT_LIB:-$PWD/build/ort}" XDG_CONFIG_HOME="$work/config" XDG_DATA_HOME="$work/data" LIBGL_ALWAYS_SOFTWARE=1 \
	bin/hilum >"$work/log" 2>&1 &
hilum=$!
pids="$hilum $pids"
i=0
until grep -q "first findings" "$work/log"; do
	i=$((i + 1))
	[ $i -lt 600 ] || fail "the first findings did not come"
	sleep 0.1
done
main=$(xdotool search --onlyvisible --name Hilum | head -n 1)
xdotool windowsize --sync "$main" 1600 976 || true
xdotool windowmove "$main" 0 0
sleep 1
picture 0-viewer

# wizard: finds the window of training.
wizard() {
	i=0
	until w=$(xdotool search --onlyvisible --name "training and calibration" | head -n 1) && [ -n "$w" ]; do
		i=$((i + 1))
		[ $i -lt 100 ] || fail "the window of training did not open"
		sleep 0.1
	done
	xdotool windowmove "$w" 0 24
	sleep 1
}
# press DX DY: click a place of the training window, from its upper left corner;
# negative from its lower right one.
press() {
	eval "$(xdotool getwindowgeometry --shell "$w")"
	x=$1
	y=$2
	[ "$x" -ge 0 ] || x=$((WIDTH + x))
	[ "$y" -ge 0 ] || y=$((HEIGHT + y))
	xdotool mousemove --window "$w" "$x" "$y"
	sleep 0.3
	xdotool click 1
	clicks=$((clicks + 1))
	sleep 1
}

runs="$work/data/hilum/runs"
xdotool key --window "$main" ctrl+r # the Train menu's first command, which is two clicks
clicks=2
wizard
picture 1-start
press 600 87 # make a practice data set
wait_for "data" "$runs/*/data.json"
picture 1-data
press -70 -18 # next: the model
sleep 2
picture 2-model
press -70 -18 # start training
wait_for "the first epoch" "$runs/*/best"
sleep 3
picture 3-train
wait_for "the report" "$runs/*/judged.json"
press -70 -18 # next: validate
sleep 3
picture 4-validate
press -70 -18 # next: calibrate and deploy
sleep 3
picture 5-deploy
press -70 -18 # deploy
wait_for "the deployed model" "$work/data/hilum/models/deployed.json"
sleep 3
picture 6-deployed
took=$(($(date +%s) - begun - 4)) # less the waits for the last picture
grep -q '"name": "Practice"' "$work/data/hilum/models/deployed.json" || fail "another model was deployed"
if grep -q "^ *[0-9.]* s  panic" "$work/log"; then
	fail "something panicked"
fi
echo "newcomer's path: $clicks clicks, $took s"
[ "$clicks" -lt 10 ] || fail "that is ten clicks or more"
