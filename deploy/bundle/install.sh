#!/bin/sh
# Cài từ gói ngoại tuyến, không cần mạng / install from the offline bundle, no network needed: ./install.sh [FOLDER]
# FOLDER (/opt/phanhoi/.venv) becomes a virtual environment. PYTHON=… names another interpreter. Run it again to upgrade.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-/opt/phanhoi/.venv}
read -r wanted machine <"$here/PYTHON"
python=${PYTHON:-$(command -v "python$wanted" || command -v python3 || true)}

fail() {
    printf '%s\n' "$1" >&2
    exit 2
}

[ -n "$python" ] || fail "Cần Python $wanted / Python $wanted is needed"
found=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
[ "$found" = "$wanted" ] || fail "Gói này cho Python $wanted, máy có $found / this bundle is for Python $wanted, here is $found"
[ "$(uname -m)" = "$machine" ] || fail "Gói này cho máy $machine / this bundle is for machines of the kind $machine"
(cd "$here" && sha256sum --check --quiet SHA256SUMS) ||
    fail "Gói bị hỏng hoặc bị sửa: không cài / the bundle is damaged or was changed: nothing is installed"

"$python" -m venv "$target" || fail "Cần gói python3-venv / the package python3-venv is needed"
"$target/bin/python" -m pip --disable-pip-version-check --no-input --quiet install \
    --no-index --find-links "$here/wheels" --require-hashes --requirement "$here/requirements.txt"
"$target/bin/phanhoi" --help >/dev/null
printf '%s\n' "Đã cài / installed: $target/bin/phanhoi" "Tiếp theo / next: $target/bin/phanhoi init"
