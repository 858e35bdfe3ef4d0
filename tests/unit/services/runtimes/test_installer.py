"""Building environments with real venv and pip, from wheels made here: no index is asked."""

from __future__ import annotations

import base64
import hashlib
import os
import threading
import time
import zipfile
from pathlib import Path

import pytest

from desktop.errors import NotFoundError, ServiceError, StorageError
from desktop.services.runtimes import catalogue, conditions, installer, marker
from desktop.services.runtimes.catalogue import Runtime, Step, python_of, runtimes
from desktop.services.runtimes.command import run_command
from desktop.services.runtimes.installer import RuntimeInstaller
from desktop.services.runtimes.progress import PipProgress

pytestmark = pytest.mark.timeout(60)


def wheel(folder: Path, name: str, version: str = "1.0") -> None:
    """A wheel with one module of the package's name."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"VERSION = '{version}'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        lines.append(f"{path},sha256={digest.decode()},{len(text)}")
    files[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,"]) + "\n"
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as packed:
        for path, text in files.items():
            packed.writestr(path, text)


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the only place pip looks at."""
    folder = tmp_path / "wheels"
    wheel(folder, "sayer")
    for variable in ("PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(installer, "PROGRESS", ())
    monkeypatch.setattr(installer, "PIP", "sayer")  # pip itself stays as the venv has it
    return folder


def small(*arguments: str, **more: object) -> Runtime:
    given = {
        "name": "small", "label": "Small", "version": "1.0", "steps": (Step(arguments),),
        "needs_card": False, "linux_only": False, "download_bytes": 2_000,
        "installed_bytes": 20_000_000, "module": "sayer", **more,
    }  # fmt: skip
    return Runtime(**given)  # type: ignore[arg-type]


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> list[Runtime]:
    """What there is to install, for the length of a test."""
    offered: list[Runtime] = []
    monkeypatch.setattr(installer, "runtimes", lambda *, card: tuple(offered))
    monkeypatch.setattr(installer, "find", lambda name, *, card: offered[0])
    return offered


def test_a_whole_life(tmp_path: Path, wheels: Path, offer: list[Runtime]) -> None:
    offer.append(small("sayer==1.0"))
    made = RuntimeInstaller(tmp_path, card=False)
    assert not made.records()[0].installed
    told: list[tuple[int, int]] = []
    made.install("small", lambda done, total: told.append((done, total)), threading.Event())
    assert told[-1][0] == told[-1][1] > 0
    assert told == sorted(told)
    record = made.records()[0]
    assert (record.installed, record.version, record.reason) == (True, "1.0", "")
    assert record.size_bytes > 1_000_000
    folder = made.folder("small")
    done = run_command(
        [str(python_of(folder)), "-c", "import sayer; print(sayer.VERSION)"],
        cancel=threading.Event(),
        heard=lambda _: None,
    )
    assert (done.code, done.tail) == (0, ("1.0",))
    assert not (folder / "tmp").exists()
    before = folder.stat().st_mtime_ns
    made.install("small", lambda _done, _total: None, threading.Event())
    assert folder.stat().st_mtime_ns == before, "what is whole is left alone"
    offer[0] = small("sayer")
    assert "another version" in made.records()[0].reason
    made.remove("small")
    assert not folder.exists()
    made.remove("small")


def test_what_somebody_made_by_hand_is_left_alone(tmp_path: Path, offer: list[Runtime]) -> None:
    offer.append(small("sayer==1.0"))
    made = RuntimeInstaller(tmp_path, card=False)
    python = python_of(made.folder("small"))
    python.parent.mkdir(parents=True)
    python.touch()
    assert made.records()[0].installed
    made.install("small", lambda _done, _total: None, threading.Event())
    assert python.exists()


@pytest.mark.slow
def test_an_interrupted_one_is_none_and_is_built_anew(
    tmp_path: Path, wheels: Path, offer: list[Runtime]
) -> None:
    offer.append(small("sayer==1.0"))
    made = RuntimeInstaller(tmp_path, card=False)
    folder = made.folder("small")
    marker.begin(folder)
    (folder / "half").write_text("", encoding="utf-8")
    record = made.records()[0]
    assert not record.installed
    assert "interrupted" in record.reason
    made.install("small", lambda _done, _total: None, threading.Event())
    assert made.records()[0].installed
    assert not (folder / "half").exists()


@pytest.mark.slow
def test_a_step_that_fails_says_why(tmp_path: Path, wheels: Path, offer: list[Runtime]) -> None:
    offer.append(small("nobody-has-this==9"))
    made = RuntimeInstaller(tmp_path, card=False)
    with pytest.raises(ServiceError, match=r"Small could not be installed: .*nobody-has-this"):
        made.install("small", lambda _done, _total: None, threading.Event())
    assert not made.records()[0].installed
    offer[0] = small("sayer", module="absent")
    with pytest.raises(ServiceError, match="not in its new environment"):
        made.install("small", lambda _done, _total: None, threading.Event())


@pytest.mark.slow
def test_offline_is_said_as_such(
    tmp_path: Path, wheels: Path, offer: list[Runtime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    offer.append(small("nobody-has-this==9"))
    with pytest.raises(ServiceError) as failed:
        RuntimeInstaller(tmp_path, card=False).install(
            "small", lambda _done, _total: None, threading.Event()
        )
    assert failed.value.code == "service.runtime_offline"


def test_cancel_leaves_nothing(tmp_path: Path, wheels: Path, offer: list[Runtime]) -> None:
    offer.append(small("sayer==1.0"))
    made, cancel = RuntimeInstaller(tmp_path, card=False), threading.Event()
    cancel.set()
    with pytest.raises(ServiceError, match="cancelled"):
        made.install("small", lambda _done, _total: None, cancel)
    assert not made.folder("small").exists()


def test_what_cannot_be_is_said_before_anything_is_done(
    tmp_path: Path, offer: list[Runtime], monkeypatch: pytest.MonkeyPatch
) -> None:
    offer.append(small("sayer", needs_card=True))
    made = RuntimeInstaller(tmp_path, card=False)
    assert made.records()[0].reason == "there is no NVIDIA graphics card"
    with pytest.raises(ServiceError, match="no NVIDIA"):
        made.install("small", lambda _done, _total: None, threading.Event())
    offer[0] = small("sayer", installed_bytes=10**15)
    with pytest.raises(StorageError, match="needs about"):
        made.install("small", lambda _done, _total: None, threading.Event())
    monkeypatch.setattr(conditions.sys, "platform", "plan9")
    assert "Linux only" in conditions.obstacle(small("x", linux_only=True), card=True)[0]
    assert not (tmp_path / "runtimes").exists()


def test_a_command_dies_when_asked(tmp_path: Path) -> None:
    cancel = threading.Event()
    began_s = time.monotonic()
    ended = run_command(
        ["sh", "-c", "echo here; sleep 600"],
        cancel=cancel,
        heard=lambda line: cancel.set() if line == "here" else None,
    )
    assert ended.cancelled
    assert time.monotonic() - began_s < 60
    missing = run_command([str(tmp_path / "none")], cancel=threading.Event(), heard=lambda _: None)
    assert missing.code is None
    assert not missing.cancelled


def test_progress_is_read_from_pip(tmp_path: Path) -> None:
    told: list[int] = []
    runtime = small("x", download_bytes=1_000, installed_bytes=1_000)
    progress = PipProgress(runtime, tmp_path / "r", lambda done, _total: told.append(done))
    for line in ("Collecting x", "Progress 100 of 400", "Progress 400 of 400"):
        progress._due_s = 0.0
        progress.heard(line)
    progress._due_s = 0.0
    progress.heard("Using cached torch-2.13.0-cp311.whl (0.3 kB)")
    assert told == [0, 100, 400, 700]
    progress._due_s = 0.0
    progress.heard("Progress 900 of 5000")
    assert told[-1] == 1_000, "an estimate that was too low holds still"


@pytest.mark.parametrize("card", [True, False])
def test_the_catalogue(card: bool) -> None:
    for runtime in runtimes(card=card):
        assert runtime.recipe == catalogue.find(runtime.name, card=card).recipe
        for step in runtime.steps:
            for word in step.arguments:
                if word.endswith(".txt"):
                    lines = Path(word).read_text(encoding="utf-8").splitlines()
                    pins = [line for line in lines if line and not line.startswith("#")]
                    assert all("==" in line for line in pins)
    with pytest.raises(NotFoundError, match="no runtime called other"):
        catalogue.find("other", card=card)
