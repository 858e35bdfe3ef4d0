#!/usr/bin/env bash
# Runs the tests below the interface as if Qt were not installed.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
folders=()
for folder in tests/unit/engine tests/unit/services; do
  [ -n "$(find "$folder" -name 'test_*.py' -print -quit 2>/dev/null)" ] && folders+=("$folder")
done
PYTHONPATH="tests/architecture" exec .venv/bin/python -m pytest -p without_qt -p no:pytest-qt \
  -o addopts="--import-mode=importlib -m 'not slow and not benchmark'" \
  -W ignore::pytest.PytestConfigWarning -q "$@" "${folders[@]}"
