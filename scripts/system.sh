#!/bin/sh
# Installs the system packages that a build needs, or names them.
# usage: system.sh build|test
#   build  what the compiler needs for the window
#   test   that, a virtual display for the smoke test, and peers of the network
# Debian and Ubuntu only; elsewhere it names what to look for.
set -eu

build="gcc libc6-dev pkgconf libgl1-mesa-dev xorg-dev"
codecs="libopenjp2-7-dev libcharls-dev"
display="xvfb xauth xdotool"
# Servers and tools of others that the tests of the network speak with.
network="dcmtk orthanc orthanc-dicomweb"

missing() {
	for p in "$@"; do
		dpkg-query -W -f='${Status}\n' "$p" 2>/dev/null | grep -q '^install ok installed' || printf '%s ' "$p"
	done
}

case "${1:-build}" in
build) want="$build $codecs" ;;
test) want="$build $codecs $display $network" ;;
*) echo "usage: system.sh build|test" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null 2>&1; then
	[ "$(uname -s)" = Darwin ] && exit 0
	command -v gcc >/dev/null 2>&1 && pkg-config --exists gl x11 2>/dev/null && exit 0
	echo "This is no Debian or Ubuntu: install gcc, pkg-config and the development files of OpenGL, X11, Xcursor, Xrandr, Xinerama, Xi and Xxf86vm." >&2
	exit 0
fi

# shellcheck disable=SC2086 # a list on purpose
need=$(missing $want)
[ -z "$need" ] && exit 0

if [ "$(id -u)" = 0 ]; then
	sudo=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
	sudo=sudo
else
	echo "These packages are missing; type:" >&2
	echo "    sudo apt-get install $need" >&2
	# The virtual display and the codecs are wanted, not needed.
	# shellcheck disable=SC2086
	[ -z "$(missing $build)" ]
	exit
fi
echo "Installing $need"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
$sudo apt-get update -q >/dev/null || echo "apt-get update failed; going on with the lists that are here" >&2
# What a system does not have of them is left out: their tests say so.
for p in $network; do
	apt-cache show "$p" >/dev/null 2>&1 || need=$(echo "$need" | sed "s/\b$p\b//g")
done
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! $sudo apt-get install -y -q --no-install-recommends $need >"$log" 2>&1; then
	tail -n 20 "$log" >&2
	echo "apt-get could not install: $need" >&2
	exit 1
fi
