#!/bin/sh
# Joins the entries of changelog/unreleased by heading. With a version it puts them
# into CHANGELOG.md under it and removes the files.
set -eu
cd "$(dirname "$0")/.."
version=${1:-}
joined() {
	for heading in Added Changed Fixed Removed; do
		text=$(for f in changelog/unreleased/*.md; do
			[ -f "$f" ] || continue
			awk -v want="$heading" 'BEGIN { now = "Changed" } /^### / { now = substr($0, 5); next } now == want && NF' "$f"
		done)
		[ -z "$text" ] || printf '### %s\n%s\n\n' "$heading" "$text"
	done
}
if [ -z "$version" ]; then
	joined
	exit
fi
case $version in
*[!0-9.]* | .* | *. | *..*) echo "changelog.sh: $version is no version such as 1.2.0" >&2 && exit 2 ;;
esac
entries=$(joined)
[ -n "$entries" ] || { echo "changelog.sh: nothing is unreleased" >&2; exit 1; }
tmp=$(mktemp)
printf '%s\n\n' "$entries" > "$tmp.in"
awk -v head="## $version, $(date -u +%Y-%m-%d)" -v file="$tmp.in" '
	/^## / && !done { print head "\n"; while ((getline line < file) > 0) print line; done = 1 }
	{ print }' CHANGELOG.md > "$tmp.out"
mv "$tmp.out" CHANGELOG.md
rm -f "$tmp" "$tmp.in" changelog/unreleased/*.md
