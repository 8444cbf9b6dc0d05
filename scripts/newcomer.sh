#!/bin/sh
# The way of a person who has never seen the program, under a virtual display:
# from the first window to a calibrated model of their own in use, on practice
# films, counting clicks and seconds. Fails over ten clicks or when a step does
# not come. Pictures of each step go to the folder that is named.
# usage: newcomer.sh [folder for pictures]   (wants bin/hilum and build/ort)
set -eu
NAME="newcomer's path"
PICTURES=${1:-}
. scripts/wizard.sh

start_hilum home
picture 0-viewer
open_wizard
clicks=2 # the menu and its command
picture 1-start
press $practice
wait_for "data" "$runs/*/data.json"
picture 1-data
press $next # next: the model
sleep 2
picture 2-model
press $next # start training
wait_for "the first epoch" "$runs/*/best"
sleep 3
picture 3-train
wait_for "the report" "$runs/*/judged.json"
press $next # next: validate
sleep 3
picture 4-validate
press $next # next: calibrate and deploy
sleep 3
picture 5-deploy
press $next # deploy
wait_for "the deployed model" "$work/home/data/hilum/models/deployed.json"
sleep 3
picture 6-deployed
took=$(($(date +%s) - begun - 4)) # less the waits for the last picture
grep -q '"name": "Practice"' "$work/home/data/hilum/models/deployed.json" || fail "another model was deployed"
if grep -q "^ *[0-9.]* s  panic" "$work/log"; then
	fail "something panicked"
fi
echo "$NAME: $clicks clicks, $took s"
[ "$clicks" -lt 10 ] || fail "that is ten clicks or more"
