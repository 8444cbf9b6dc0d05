#!/bin/bash
# A session with a real mouse and keyboard on a display of its own: phantoms are
# opened, scored in the background, windowed by a drag, mapped, compared with a
# prior, answered and exported. Its screenshots are looked at and kept in the
# README. Needs Xvfb, openbox, xdotool and ImageMagick.
#   scripts/session.sh BIN OUT [WIDTHxHEIGHT [:DISPLAY]]
# BIN is the folder of hilum and cxr, OUT takes the screenshots and exports.
set -euo pipefail
bin=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
size=${3:-1600x1000}
display=${4:-:97}
export HILUM_ORT_LIB="${HILUM_ORT_LIB:-$PWD/build/ort}"
work=$(mktemp -d)
pids=()
finish() {
	for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done
	wait 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT

"$bin/cxr" phantom --out "$work/films" --n 12 --followups 2 --size 1024 --seed 20261124 --dicom >/dev/null

Xvfb "$display" -screen 0 "${size}x24" >/dev/null 2>&1 &
pids+=($!)
export DISPLAY=$display LIBGL_ALWAYS_SOFTWARE=1 LC_ALL=C.UTF-8
export HOME="$work/home" XDG_CONFIG_HOME="$work/home/config" XDG_DATA_HOME="$work/home/data" HILUM_HOME="$work/home/kept" HILUM_TRACE=1
mkdir -p "$XDG_CONFIG_HOME" "$XDG_DATA_HOME" "$HILUM_HOME"
for _ in $(seq 50); do xdotool getmouselocation >/dev/null 2>&1 && break; sleep 0.1; done
openbox >/dev/null 2>&1 &
pids+=($!)
# the tour belongs to a first start, not to this one
echo '{"tour_seen": true}' >"$HILUM_HOME/preferences.json"
"$bin/hilum" "$work/films/images" 2>"$work/trace" &
pids+=($!)

# until waits for a line of the program's trace.
until_traced() {
	for _ in $(seq 600); do
		grep -q "$1" "$work/trace" 2>/dev/null && return
		sleep 0.1
	done
	echo "waited in vain for \"$1\"; the program said:" >&2
	cat "$work/trace" >&2
	exit 1
}
until_traced "first findings"
window=$(xdotool search --onlyvisible --name 'Hilum' | head -1)
width=${size%x*}
height=${size#*x}
xdotool windowmove "$window" 0 0 windowsize "$window" "$width" $((height - 24)) windowfocus --sync "$window"
sleep 2

shot() { import -window root "$out/$1.png"; }
keys() { for k in "$@"; do xdotool key --clearmodifiers "$k"; sleep 0.4; done; }

# place puts a page over the middle of the picture.
place() {
	page=$(xdotool search --onlyvisible --name "$1" | head -1)
	xdotool windowmove "$page" $((width / 5)) $((height / 5)) windowfocus "$page"
	sleep 1
}

x=$((width / 2)) y=$((height / 2))
keys End Home Down Up # through the list without the mouse
sleep 1
shot reading
xdotool mousemove "$x" "$y" mousedown 1
for i in $(seq 30); do xdotool mousemove_relative -- 3 -2; sleep 0.02; done
xdotool mouseup 1
sleep 0.5
shot window
keys r m # reset, then the map of the largest margin
sleep 1
shot map
keys a Next d Next u # agree, disagree, unsure
sleep 1
keys q
xdotool mousemove $((x - 120)) $((y - 60)) mousedown 1
for i in $(seq 20); do xdotool mousemove_relative -- 6 7; sleep 0.02; done
xdotool mouseup 1
sleep 1
shot answers
keys ctrl+shift+s ctrl+shift+s # by date, by margin
sleep 1
shot triage
keys Home c # the most suspicious film, with its prior
sleep 3
shot compare
keys c e
sleep 2
place "Hilum: Export"
shot export
xdotool key Return
for _ in $(seq 150); do
	[ -n "$(ls "$HOME"/hilum-export/*.pdf 2>/dev/null)" ] && break
	sleep 0.1
done
sleep 1
shot exported
cp "$HOME"/hilum-export/* "$out/"
keys ctrl+g
sleep 2
place "Hilum: The model"
shot agreement
xdotool key Escape
sleep 0.5
keys ctrl+q
sleep 1
"$bin/cxr" audit verify
