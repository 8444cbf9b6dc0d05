#!/bin/sh
# Starts the real window under a virtual display, opens the demo studies as
# files, waits for the first findings, goes to the next study, shows a map by
# key, hides it, and quits by key. Fails when a step does not come, the program
# does not end with 0, or anything panicked.
# usage: smoke.sh   (in the repository; wants bin/hilum and build/ort)
set -eu

for tool in Xvfb xdotool; do
	if ! command -v "$tool" >/dev/null 2>&1; then
		echo "smoke test skipped: $tool is not installed"
		exit 0
	fi
done
[ -x bin/hilum ] || { echo "smoke test: bin/hilum is not built; run make smoke" >&2; exit 1; }

work=$(mktemp -d)
log=$work/log
xvfb=
hilum=
clean() {
	[ -z "$hilum" ] || kill "$hilum" 2>/dev/null || true
	[ -z "$xvfb" ] || kill "$xvfb" 2>/dev/null || true
	rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM

fail() {
	echo "smoke test failed: $1" >&2
	sed 's/^/    /' "$log" >&2 || true
	exit 1
}

# start_display: a virtual display that answers, its name in DISPLAY. A server
# that is just ending may take the socket of a new one of the same number with
# it, so this is tried more than once.
start_display() {
	for _ in 1 2 3; do
		: >"$work/display"
		Xvfb -displayfd 3 -screen 0 1600x1000x24 -nolisten tcp 3>"$work/display" >/dev/null 2>&1 &
		xvfb=$!
		i=0
		until [ -s "$work/display" ]; do
			i=$((i + 1))
			[ $i -lt 100 ] && kill -0 "$xvfb" 2>/dev/null || break
			sleep 0.1
		done
		DISPLAY=:$(cat "$work/display")
		export DISPLAY
		sleep 0.3
		xdotool getdisplaygeometry >/dev/null 2>&1 && return 0
		kill "$xvfb" 2>/dev/null || true
		wait "$xvfb" 2>/dev/null || true
	done
	return 1
}
start_display || { echo "smoke test skipped: Xvfb does not start here"; exit 0; }

HILUM_TRACE=1 HILUM_ORT_LIB="${HILUM_ORT_LIB:-$PWD/build/ort}" XDG_CONFIG_HOME="$work" LIBGL_ALWAYS_SOFTWARE=1 \
	bin/hilum resources/demo/studies 2>"$log" &
hilum=$!

# wait_for TEXT COUNT SECONDS: until the trace has that many lines with TEXT.
wait_for() {
	tries=$(($3 * 10))
	until [ "$(grep -c "$1" "$log" || true)" -ge "$2" ]; do
		kill -0 "$hilum" 2>/dev/null || fail "the program ended before \"$1\""
		tries=$((tries - 1))
		[ $tries -gt 0 ] || fail "waited $3 s in vain for \"$1\" ($2)"
		sleep 0.1
	done
}

wait_for "first frame" 1 40
wait_for "first findings" 1 40
window=$(xdotool search --sync --onlyvisible --name Hilum | head -n 1)
[ -n "$window" ] || fail "no window"
xdotool mousemove 700 500 click 1 # there is no window manager: the focus follows the pointer
xdotool windowfocus "$window" || true
sleep 0.3

pictures=$(grep -c " picture$" "$log" || true)
xdotool key Down
wait_for " picture$" $((pictures + 1)) 20
wait_for " findings$" 2 20
xdotool key 1
wait_for "first map" 1 10
xdotool key i
xdotool key m
sleep 0.5
xdotool key ctrl+q

i=0
while kill -0 "$hilum" 2>/dev/null; do
	i=$((i + 1))
	[ $i -lt 100 ] || fail "the window did not close within 10 s of Ctrl+Q"
	sleep 0.1
done
code=0
wait "$hilum" || code=$?
hilum=
[ "$code" = 0 ] || fail "exit code $code"
if grep -q -e '^panic' -e ' panic' -e 'DATA RACE' -e 'fatal error' "$log"; then
	fail "it panicked"
fi
echo "smoke test passed: $(grep -e 'first frame' "$log" | sed 's/  */ /g'),$(grep -e 'first findings' "$log" | sed 's/  */ /g')"
