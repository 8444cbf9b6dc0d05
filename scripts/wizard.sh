# What scripts that go through the wizard with a real mouse share; they source
# it. They set NAME, for messages, and may set PICTURES, a folder for what the
# screen shows.

for tool in Xvfb openbox xdotool import; do
	command -v "$tool" >/dev/null 2>&1 || { echo "$NAME skipped: $tool is not installed"; exit 0; }
done
[ -x bin/hilum ] || { echo "$NAME: bin/hilum is not built; run make build" >&2; exit 1; }

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
	echo "$NAME failed: $1 (after $clicks clicks, $(($(date +%s) - begun)) s)" >&2
	tail -n 20 "$work/log" >&2 || true
	exit 1
}
# picture TITLE: what the screen shows.
picture() {
	[ -z "${PICTURES:-}" ] || { mkdir -p "$PICTURES"; import -window root "$PICTURES/$1.png"; }
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

Xvfb -displayfd 3 -screen 0 1600x1000x24 -nolisten tcp -noreset 3>"$work/display" >/dev/null 2>&1 &
pids="$pids $!"
i=0
until [ -s "$work/display" ]; do
	i=$((i + 1))
	[ $i -lt 100 ] || { echo "$NAME skipped: Xvfb does not start here"; exit 0; }
	sleep 0.1
done
DISPLAY=:$(cat "$work/display")
export DISPLAY
openbox >/dev/null 2>&1 &
pids="$pids $!"
sleep 1

# start_hilum HOME: starts the program with a home of its own and waits for its
# first findings; $hilum is its process, $main its window, $runs where its runs are.
start_hilum() {
	mkdir -p "$work/$1"
	: >"$work/log"
	HILUM_TRACE=1 HILUM_ORT_LIB="${HILUM_ORT_LIB:-$PWD/build/ort}" XDG_CONFIG_HOME="$work/$1/config" XDG_DATA_HOME="$work/$1/data" LIBGL_ALWAYS_SOFTWARE=1 \
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
	runs="$work/$1/data/hilum/runs"
	sleep 1
}

# open_wizard: the Train menu's first command, by its key; $w is its window.
open_wizard() {
	xdotool key --window "$main" ctrl+r
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
# Places of the wizard's buttons.
practice="600 87" # make a practice data set
next="-70 -18"    # next step, or start, or deploy
all_runs="41 219"
first_run="-197 87" # to open it, in that list
go_on="260 87"    # start, pause, go on of the training step
