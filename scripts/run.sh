#!/bin/sh
# The main job on the demo: the window where there is a display, the same work
# headless where there is none.
set -eu
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname -s)" = Darwin ]; then
	exec bin/hilum
fi
out=build/demo
echo "There is no display here: doing the same job without a window."
bin/cxr infer --demo --gradcam "$out"
echo
echo "The annotated pictures are in $out. With a display, make run opens the window."
