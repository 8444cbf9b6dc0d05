#!/bin/sh
# Regenerates the stored references of the suite with the peers.
# usage: refs.sh   (from the checkout; PYTHON names an interpreter with the packages that the scripts list)
set -eu
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Preprocessing, logits and class maps.
to=inference/ort/testdata/peer
bin/cxr phantom --out "$work/films" --n 3 --seed 7 --size 128
mkdir -p "$to"
rm -f "$to"/*
for f in "$work"/films/images/*.png; do cp "$f" "$to/"; done
$python testdata/peers/infer.py --small "$to" "$to"/*.png

# The other packages' references: one script each, named after the package.
for script in testdata/peers/refs_*.sh; do
	[ -e "$script" ] || continue
	PYTHON=$python sh "$script"
done
