#!/bin/sh
# The way of a site's physicist under a virtual display, by a real mouse: an awkward table (German, semicolons,
# headings of the site's own, DICOM files that lay on another machine), what is proposed of its columns taken, a
# model calibrated on it, an acceptance dossier. Every figure is found again by cxr, and where HILUM_PEER_PYTHON
# names a Python with scikit-learn, by it from the site's own table.
# usage: site.sh [folder for pictures]   (wants bin/hilum, bin/cxr and build/ort)
set -eu
NAME="physicist's path"
PICTURES=${1:-}
. scripts/wizard.sh

# choose NAME PATH: types a path into the file dialog of that name and opens it.
choose() {
	i=0
	until d=$(xdotool search --onlyvisible --name "$1" | head -n 1) && [ -n "$d" ]; do
		i=$((i + 1))
		[ $i -lt 100 ] || fail "the dialog $1 did not open"
		sleep 0.1
	done
	xdotool windowactivate --sync "$d" || true
	sleep 1
	xdotool key ctrl+a
	xdotool type --delay 15 "$2"
	xdotool key Return
	sleep 2
	# where Return opened it already, the dialog is gone
	if d=$(xdotool search --onlyvisible --name "$1" | head -n 1) && [ -n "$d" ]; then
		eval "$(xdotool getwindowgeometry --shell "$d")"
		xdotool mousemove --window "$d" $((WIDTH - 30)) $((HEIGHT - 24)) click 1
	fi
	sleep 1
}

mkdir -p "$work/out" "$work/home/data/hilum"
echo '{"name": "Klinikum Nord"}' >"$work/home/data/hilum/site.json"
HILUM_HOME="$work/cxr" bin/cxr phantom --out "$work/films" --n 330 --size 128 --dicom --followups 0 >/dev/null 2>&1
awk -F, 'BEGIN { printf "\357\273\277Aufnahme;Fall;G;Erguss;Infiltrate;Dosis\r\n" }
	function said(class, turned) { yes = index($2, class) > 0; return (turned ? !yes : yes) ? "ja" : "nein" }
	NR > 1 { printf "D:\\Archiv\\%s;%s;%s;%s;%s;0,%d\r\n", $1, $4, $6 == "M" ? "m" : "w",
		NR % 31 == 7 ? "fraglich" : said("Effusion", NR % 9 == 4), said("Infiltration", NR % 7 == 3), NR % 9 + 10 }' \
	"$work/films/Data_Entry_2017_v2020.csv" >"$work/films/befunde.csv"

start_hilum home
open_wizard
press 80 284 # calibrate only
press 430 87 # choose a table
choose "Open a table of films" "$work/films/befunde.csv"
sleep 2
picture 1-questions
press -75 155 # take all as proposed
wait_for "data" "$runs/*/data.json"
picture 2-data
press $next # next: the model
sleep 1
press $next # calibrate
wait_for "the report" "$runs/*/judged.json"
sleep 2
picture 3-validate
press 60 320 # the page of the dossier
sleep 1
picture 4-dossier
press 300 413 # write it
choose "Choose a folder for the copy" "$work/out"
wait_for "the dossier" "$work/out/*/dossier.json"
picture 5-written
bin/cxr dossier verify "$work"/out/dossier-*
if [ -n "${HILUM_PEER_PYTHON:-}" ]; then
	"$HILUM_PEER_PYTHON" testdata/peers/dossier_check.py "$work"/out/dossier-* "$work/films/befunde.csv" Aufnahme \
		Effusion=Erguss Infiltration=Infiltrate >/dev/null || fail "scikit-learn finds other figures"
	echo "scikit-learn finds the same figures from the site's own table"
fi
if grep -q "^ *[0-9.]* s  panic" "$work/log"; then
	fail "something panicked"
fi
echo "$NAME: $clicks clicks"
