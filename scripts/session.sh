#!/bin/bash
# A session with a real mouse and keyboard on a display of its own, through the jobs of a
# reading: phantoms are opened by the file dialog, searched, hung beside their priors,
# windowed, measured, mapped, answered, marked and exported. Each step leaves a picture, and
# a page lists them. Needs Xvfb, openbox, xdotool and ImageMagick.
#   scripts/session.sh BIN OUT [WIDTHxHEIGHT [:DISPLAY [LANGUAGE]]]
# BIN is the folder of hilum and cxr. OUT takes the pictures, OUT.md the page; what is there
# is written over.
set -euo pipefail
bin=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
size=${3:-1600x1000}
display=${4:-:97}
language=${5:-en}
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
unset DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR # the program's own file dialog, on every machine
mkdir -p "$XDG_CONFIG_HOME" "$XDG_DATA_HOME" "$HILUM_HOME"
for _ in $(seq 50); do xdotool getmouselocation >/dev/null 2>&1 && break; sleep 0.1; done
openbox >/dev/null 2>&1 &
pids+=($!)
# the tour belongs to a first start, not to this one
echo "{\"tour_seen\": true, \"language\": \"$language\"}" >"$HILUM_HOME/preferences.json"
first=$(find "$work/films/images" -type f | sort | head -1)
"$bin/hilum" "$first" 2>"$work/trace" &
pids+=($!)

# until_traced waits for a line of the program's trace.
until_traced() {
	for _ in $(seq 600); do
		grep -q "$1" "$work/trace" 2>/dev/null && return
		sleep 0.1
	done
	echo "waited in vain for \"$1\"; the program said:" >&2
	cat "$work/trace" >&2
	exit 1
}

# page finds a window by what its title begins with.
page() {
	for _ in $(seq 100); do
		found=$(xdotool search --onlyvisible --name "$1" 2>/dev/null | tail -1 || true)
		[ -n "$found" ] && return
		sleep 0.1
	done
	echo "there is no window $1" >&2
	exit 1
}

width=${size%x*}
height=${size#*x}
until_traced 'first findings'
page 'Hilum'
window=$found
xdotool windowmove "$window" 0 0 windowsize "$window" "$width" $((height - 24)) windowfocus --sync "$window"
sleep 2

keys() { for k in "$@"; do xdotool key --clearmodifiers "$k"; sleep 0.4; done; }
typed() { xdotool type --delay 20 "$1"; sleep 0.4; }
# drag goes from the middle of the picture: where from, and in how many steps of which size.
drag() {
	xdotool mousemove $((x + $1)) $((y + $2)) mousedown 1
	for _ in $(seq "$3"); do xdotool mousemove_relative -- "$4" "$5"; sleep 0.02; done
	xdotool mouseup 1
	sleep 0.6
}
# place puts a page over the middle of the picture.
place() {
	page "$1"
	xdotool windowmove "$found" $((width / 5)) $((height / 8)) windowfocus "$found"
	sleep 1
}

steps=0
index="$out.md"
rm -f "$out"/*.jpg
printf '# A session, step by step\n\nMade by `make session` with a real mouse and keyboard on a display of its own; the films are generated, no person is on them.\n' >"$index"
# step keeps a picture of the screen and says what it shows.
step() {
	steps=$((steps + 1))
	name=$(printf '%02d-%s.jpg' "$steps" "$1")
	import -window root -resize 1200x -quality 82 "$out/$name"
	printf '\n## %d. %s\n\n![%s](%s/%s)\n' "$steps" "$2" "$2" "$(basename "$out")" "$name" >>"$index"
}

x=$((width * 46 / 100)) y=$((height / 2))
keys ctrl+alt+m # the system's user gets a name
sleep 0.5
typed 'Dr. Klein'
keys Return
sleep 1
keys ctrl+o
place 'Hilum: Open'
typed "$work/films/images"
keys Return
xdotool mousemove $((width / 5 + 200)) $((height / 8 + 90)) click 1
keys ctrl+a
step open 'Many films are opened at once: a path is typed, Ctrl+A takes all of the folder'
keys Return
sleep 12 # the list is scored beside the reading
keys End Home Down Up # through the list without the mouse
sleep 2
step reading 'The list ranks the films by what the model says, and says why'
keys ctrl+f
typed 00000002
sleep 1
step search 'The list is searched while one types'
keys Escape Home
sleep 1
keys shift+b
sleep 3
step hang 'The film hangs beside its prior, by the first rule that fits'
keys c c # the plain comparison, and one picture again
drag 0 0 30 3 -2
step window 'A drag changes the window'
keys shift+w
sleep 0.5
typed '2100 2600'
step values 'Centre and width are typed'
keys Return r l
drag -160 -40 30 10 1
sleep 0.5
step measure 'A length, with where its millimetres come from'
keys Escape m
sleep 2
step map 'Where the evidence for the largest finding lies'
keys a
sleep 1
step answer 'The reader agrees; the answer stands beside the finding'
keys ctrl+z
sleep 1
step undo 'Undone'
keys a shift+n
sleep 0.5
typed 'costophrenic angle'
step key-image 'A key image, with a note'
keys Return ctrl+alt+c
sleep 0.5
typed 'Effusion on the right, larger than before.'
step conclusion 'The conclusion of the study goes into page and structured report'
keys Return e
sleep 2
place 'Hilum: Export'
step export 'What leaves the program, without identity unless asked for'
xdotool key Return
for _ in $(seq 150); do
	[ -n "$(ls "$HOME"/hilum-export/*.pdf 2>/dev/null)" ] && break
	sleep 0.1
done
sleep 1
step exported 'It is said where the files are'
keys F12
sleep 2
place 'Hilum: Picture'
step second-window 'The second window has the picture alone, and says whose it is'
keys F12
sleep 1
xdotool windowfocus --sync "$window"
keys ctrl+comma
sleep 1
place 'Hilum: Preferences'
xdotool mousemove $((width / 5 + 155)) $((height / 8 + 26)) click 1
sleep 1
step preferences 'The rules of hanging are edited'
keys Escape
xdotool windowfocus --sync "$window"
keys ctrl+k
typed colours
step palette 'Every command is found by a few letters'
keys Escape ctrl+g
sleep 2
place 'Hilum: The model'
step agreement 'The model against the reader so far'
keys Escape
xdotool windowfocus --sync "$window"
keys ctrl+alt+a
sleep 0.5
typed 'Dr. Weber'
keys Return
sleep 1
keys ctrl+alt+h Down
sleep 3
keys 5 a 2 d
sleep 1
step blinded 'Another reader, blinded: the findings are hidden until she has said what she sees'
keys ctrl+alt+n
sleep 2
step revealed 'Nothing else: now the findings stand there, with what she had said'
keys ctrl+alt+r
sleep 1
step readers 'Who reads is chosen by a click on the name, or by Ctrl+Alt+R'
keys Escape ctrl+q
sleep 1
cp "$HOME"/hilum-export/*.pdf "$work" # the export is there
"$bin/cxr" audit verify
