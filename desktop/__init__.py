"""Malgeul (말글): live captions, keywords and document answers on your own machine."""

import os

__version__ = "0.1.0"

# Nothing leaves the machine: libraries that would report home are told not to, before any of
# them can be imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
