"""`pip install malgeul` gives the command `malgeul`, from any directory."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from speech import SpeechMaker, write_wav

ROOT = Path(__file__).resolve().parents[2]
MAKE = "import setuptools.build_meta, sys; print(setuptools.build_meta.build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("desktop", "resources"):
        shutil.copytree(
            ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "screenshots")
        )
    done = subprocess.run(
        [sys.executable, "-c", MAKE, str(folder)],
        cwd=source, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return next(folder.glob("malgeul-*.whl"))


@pytest.mark.timeout(300)
def test_the_wheel_brings_its_resources(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        packed.extractall(tmp_path / "site")
    assert not [name for name in names if name.split("/")[0] in ("tests", "packaging", "resources")]
    ask = (
        "from desktop.paths import RESOURCES; import desktop;"
        "from desktop.services.stack import embedding, rag;"
        "print(desktop.__file__); print((RESOURCES / 'hallucinations' / 'ko.txt').is_file());"
        "print(embedding.PROGRAM.is_file())"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    told = subprocess.run(
        [sys.executable, "-P", "-c", ask],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    where, *there = told.stdout.split()
    assert Path(where).is_relative_to(tmp_path)
    assert there == ["True", "True"]


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_it_installs_into_an_environment_of_its_own(
    wheel: Path, tmp_path: Path, speech: SpeechMaker
) -> None:
    """Downloads what it depends on, in the versions of constraints.txt."""
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True, timeout=120)
    install = [environment / "bin/python", "-m", "pip", "install", "--quiet", "--no-cache-dir"]
    done = subprocess.run(
        [*install, "-c", ROOT / "constraints.txt", wheel],
        capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    if done.returncode and "No matching distribution" in done.stderr + done.stdout:
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, done.stderr
    home = tmp_path / "home"
    home.mkdir()

    def malgeul(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [environment / "bin/malgeul", *arguments],
            env={"PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8",
                 "OMP_NUM_THREADS": "1"},
            cwd="/", capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip

    assert malgeul("--version").stdout.startswith("malgeul ")
    sound = tmp_path / "talk.wav"
    write_wav(sound, speech.sentence("en", 1).samples)
    done = malgeul("transcribe", sound, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["segments"]
    report = json.loads(malgeul("doctor", "--json").stdout)
    states = {entry["name"]: entry["state"] for entry in report["findings"]}
    assert states["qt"] == "ok", report
    paper = tmp_path / "plan.txt"
    paper.write_text("예산 회의는 화요일에 열린다.", encoding="utf-8")
    assert malgeul("index", paper).returncode == 0
    assert "plan.txt" in malgeul("search", "예산 회의").stdout
