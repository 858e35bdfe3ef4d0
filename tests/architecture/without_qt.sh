#!/usr/bin/env bash
# Runs the tests below the interface as if Qt were not installed.  Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
PYTHONPATH="tests/architecture" exec .venv/bin/python -m pytest -p without_qt -p no:pytest-qt \
  -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder \
  -o addopts="--import-mode=importlib -m 'not slow and not benchmark'" \
  -W ignore::pytest.PytestConfigWarning -q "$@" tests/unit/engine tests/unit/services
