"""What a service's environment is made of: an allow-list of the user's own, then the spec's.

A list of what may pass, not of what may not: keys of other programs that happen to be in the
application's environment stay out of its children.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from desktop.services.supervisor.identity import MARKER
from desktop.services.supervisor.spec import ServiceSpec, with_port

_ALLOWED = re.compile(
    r"(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TEMP|TMP|XDG_\w+|LD_LIBRARY_PATH"
    r"|DYLD_LIBRARY_PATH|SSL_CERT_\w+|CUDA_\w+|NVIDIA_VISIBLE_DEVICES|HIP_\w+|ROCR_\w+"
    r"|HF_HOME|HF_HUB_CACHE|OMP_NUM_THREADS|MKL_NUM_THREADS"
    r"|SYSTEMROOT|WINDIR|SYSTEMDRIVE|COMSPEC|PATHEXT|USERPROFILE|APPDATA|LOCALAPPDATA"
    r"|PROGRAMDATA|PROGRAMFILES|NUMBER_OF_PROCESSORS|PROCESSOR_ARCHITECTURE)",
    re.IGNORECASE,
)


def inherited(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The part of an environment (default: this process's) that services may see."""
    source = os.environ if environment is None else environment
    return {name: value for name, value in source.items() if _ALLOWED.fullmatch(name)}


def service_environment(spec: ServiceSpec, port: int, run: str) -> dict[str, str]:
    """The whole environment of one launch; `run` marks all that descends from it."""
    environment = inherited()
    environment["PYTHONUNBUFFERED"] = "1"
    environment["PYTHONIOENCODING"] = "utf-8"
    for name, value in spec.environment.items():
        environment[name] = with_port(value, port)
    for name, secret in spec.secret_environment.items():
        environment[name] = secret.reveal()
    environment[MARKER] = run
    return environment
