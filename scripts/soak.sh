#!/bin/sh
# A node is killed at random moments while films come, with its destination down the whole time;
# then the destination comes up, and must get each object of each film once.
# usage: soak.sh [FILMS [KILLS]]      (needs bin/cxr, build/ort and DCMTK's storescp)
set -eu
films=${1:-100}
kills=${2:-10}
export HILUM_ORT_LIB="${HILUM_ORT_LIB:-$PWD/build/ort}"
cxr=${CXR:-bin/cxr}
command -v storescp >/dev/null 2>&1 || { echo "storescp is not installed; scripts/system.sh test installs it"; exit 0; }
work=$(mktemp -d)
node=
archive=
stop() {
	[ -z "$node" ] || kill -9 "$node" 2>/dev/null || true
	[ -z "$archive" ] || kill "$archive" 2>/dev/null || true
	rm -rf "$work"
}
trap stop EXIT
port=$((20000 + $$ % 20000))
mkdir "$work/archive"
"$cxr" phantom --out "$work/films" --n "$films" --size 256 --dicom >/dev/null

start() {
	"$cxr" node --ae HILUM --listen "127.0.0.1:$port" --out "$work/node" --objects sr,sc,gsps,kos \
		--send "dicom://ARCHIVE@127.0.0.1:$((port + 1))" --json >>"$work/log" 2>&1 &
	node=$!
	n=0
	until "$cxr" pacs echo "dicom://HILUM@127.0.0.1:$port" >/dev/null 2>&1; do
		n=$((n + 1))
		[ "$n" -lt 60 ] || { echo "the node does not answer"; cat "$work/log"; exit 1; }
		sleep 0.5
	done
}

i=0
while [ "$i" -lt "$kills" ]; do
	start
	"$cxr" pacs send "dicom://HILUM@127.0.0.1:$port" "$work/films" >/dev/null 2>&1 &
	sending=$!
	sleep "$((i % 3)).$((i * 7 % 10))"
	kill -9 "$node"
	wait "$node" 2>/dev/null || true
	wait "$sending" || true
	i=$((i + 1))
done
storescp -aet ARCHIVE -od "$work/archive" +B "$((port + 1))" >/dev/null 2>&1 &
archive=$!
start
"$cxr" pacs send "dicom://HILUM@127.0.0.1:$port" "$work/films" >/dev/null
want=$((4 * films))
n=0
while got=$(ls "$work/archive" | wc -l) && [ "$got" -lt "$want" ]; do
	n=$((n + 1))
	[ "$n" -lt 300 ] || break
	sleep 1
done
sleep 3 # for what should not come
got=$(ls "$work/archive" | wc -l)
echo "$films films, $kills kills: $(ls "$work/node/incoming" | wc -l) are kept, $got of $want objects arrived"
[ "$got" -eq "$want" ] && [ "$(ls "$work/node/incoming" | wc -l)" -eq "$films" ]
