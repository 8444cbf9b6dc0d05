#!/bin/sh
# Puts Hilum into this user's desktop: a menu entry, its icon, and that links of the form
# hilum:?server=NAME&study=UID open in it. With "remove" it takes them away again. Nothing
# outside the user's own data folder is touched.
set -eu
id=org.hilum.workstation
data="${XDG_DATA_HOME:-$HOME/.local/share}"
entry="$data/applications/$id.desktop"
icon="$data/icons/hicolor/512x512/apps/$id.png"
refresh() {
	command -v update-desktop-database >/dev/null 2>&1 && update-desktop-database -q "$data/applications" || true
}
if [ "${1:-}" = remove ]; then
	rm -f "$entry" "$icon"
	refresh
	echo "Hilum is no longer in the menu of the desktop."
	exit 0
fi
here=$(cd "$(dirname "$0")/.." && pwd)
program="$here/bin/hilum"
[ -x "$program" ] || { echo "bin/hilum is not there: make build makes it" >&2; exit 1; }
case "$program" in
*[\"\`\$\\]*|*"
"*) echo "the folder $here has signs in its name that a menu entry cannot hold" >&2; exit 1 ;;
esac
mkdir -p "$(dirname "$entry")" "$(dirname "$icon")"
cp "$here/resources/icon.png" "$icon"
# %% stands for a per cent sign (Desktop Entry Specification, the Exec key)
escaped=$(printf '%s' "$program" | sed 's/%/%%/g')
while IFS= read -r line; do
	case "$line" in
	Exec=*) printf 'Exec="%s" %%U\n' "$escaped" ;;
	*) printf '%s\n' "$line" ;;
	esac
done < "$here/deploy/$id.desktop" > "$entry.new"
mv "$entry.new" "$entry"
refresh
if command -v xdg-mime >/dev/null 2>&1; then
	xdg-mime default "$id.desktop" x-scheme-handler/hilum || true
fi
echo "Hilum is in the menu of the desktop, and opens links of the form hilum:?server=NAME&study=UID ($entry)."
