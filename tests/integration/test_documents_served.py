"""``malgeul index`` and ``documents`` while a server has the documents: it does the work."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import document_files as files
import pytest

from desktop import settings as settings_file
from desktop.events import ServiceState
from desktop.services.stack import rag
from desktop.services.supervisor.supervisor import Supervisor
from desktop.settings import Settings

ROOT = Path(__file__).parents[2]
READY_WITHIN_S = 90.0


def malgeul(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "desktop", *arguments], check=False, cwd=ROOT,
        env={"MALGEUL_HOME": str(home), "PATH": "/usr/bin:/bin"}, capture_output=True,
        text=True, timeout=90,
    )  # fmt: skip


@pytest.mark.timeout(400)
def test_the_server_does_the_work(home: Path, tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "garden.txt").write_text("The gardener waters roses.", encoding="utf-8")
    (papers / "page.pdf").write_bytes(files.html("x"))
    home.mkdir(parents=True)
    settings_file.save(Settings(), home / "settings.json")
    plan = rag.plan(Settings().services.rag, home)
    with Supervisor([plan], logs=home / "logs", status_path=home / "services.json") as supervisor:
        supervisor.start()
        supervisor.wait_for("rag", ServiceState.READY, timeout_s=READY_WITHIN_S)

        done = malgeul(home, "index", str(papers))
        assert done.returncode == 1, done.stderr
        assert "It is not PDF, it is HTML." in done.stdout
        assert "1 indexed (0 unchanged), 1 failed" in done.stdout
        listed = json.loads(malgeul(home, "documents", "list", "--json").stdout)
        assert {d["name"]: d["state"] for d in listed} == {
            "garden.txt": "indexed",
            "page.pdf": "failed",
        }
        assert malgeul(home, "documents", "remove", "page.pdf").returncode == 0
        done = malgeul(home, "documents", "verify")
        assert (done.returncode, done.stdout) == (
            0,
            "1 chunks, each with its point; no other points.\n",
        )
