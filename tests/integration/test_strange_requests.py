"""What schemathesis makes of the answer and the embedding server: no request may find a fault.

Left out are the calls that would walk through this machine's own folders or never end.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from fakes.embedding_server import KEY, embedding_server

from desktop import settings as settings_file
from desktop.events import ServiceState
from desktop.services.stack import rag
from desktop.services.supervisor.supervisor import Supervisor
from desktop.settings import Settings

pytestmark = pytest.mark.timeout(400)
pytest.importorskip("schemathesis")

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)


def examine(origin: str, key: str, folder: Path, *, without: Sequence[str] = ()) -> None:
    """Runs schemathesis against a server."""
    settings = folder / "schemathesis.toml"
    settings.write_text("", encoding="utf-8")
    left_out = [part for path in without for part in ("--exclude-path", path)]
    finished = subprocess.run(
        [
            sys.executable, "-P", "-m", "schemathesis.cli",
            "--config-file", str(settings), "run", f"{origin}/openapi.json",
            "-H", f"Authorization: Bearer {key}", "--checks", ",".join(CHECKS), *left_out,
            "--max-examples", "6", "--seed", "1", "--no-color", "--request-timeout", "60",
        ],
        capture_output=True, text=True, timeout=360, cwd=folder, check=False,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stdout[-6_000:] + finished.stderr[-1_000:]


def test_the_embedding_server_bears_every_request(tmp_path: Path) -> None:
    with embedding_server() as origin:
        examine(origin, KEY, tmp_path)
        assert httpx.get(f"{origin}/openapi.json", trust_env=False).status_code == 401


@pytest.mark.slow
def test_the_answer_server_bears_every_request(home: Path, tmp_path: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    settings = Settings()
    settings_file.save(settings, home / "settings.json")
    plan = rag.plan(settings.services.rag, home)
    with Supervisor([plan], logs=home / "logs", status_path=home / "services.json") as supervisor:
        supervisor.start()
        supervisor.wait_for("rag", ServiceState.READY, timeout_s=120.0)
        endpoint = supervisor.endpoint("rag")
        assert endpoint is not None
        assert endpoint.key is not None
        examine(
            endpoint.url,
            endpoint.key.reveal(),
            tmp_path,
            without=["/documents/paths", "/watch", "/events"],
        )
        assert supervisor.status("rag")[0].state is ServiceState.READY
        assert supervisor.status("rag")[0].restarts == 0
