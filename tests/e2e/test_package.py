"""What people are given: the built folder away from the checkout, and the wheel."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from fixtures_display import Desktop, wait_until
from speech import SpeechMaker, write_wav

ROOT = Path(__file__).resolve().parents[2]
READY = b"malgeul: window ready"
NEVER = frozenset(
    ("torch", "pytest", "_pytest", "hypothesis", "mypy", "playwright", "tests", "xllamacpp")
)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built folder, moved to where nothing of the checkout lies above it."""
    subprocess.run(
        [ROOT / "packaging" / "build"], check=True, capture_output=True, timeout=1_500, cwd="/"
    )
    away = tmp_path_factory.mktemp("programs") / "malgeul"
    shutil.move(ROOT / "dist" / "malgeul", away)
    return away


def run(package: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The program with nothing of this environment but a place to write."""
    return subprocess.run(
        [package / "malgeul", *arguments],
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=home,
    )


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_the_built_program_works_away_from_the_checkout(
    package: Path, tmp_path: Path, speech: SpeechMaker
) -> None:
    files = [path for path in package.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    print(f"package: {size / 1e6:.0f} MB in {len(files)} files")
    assert not [p for p in files if NEVER & set(p.relative_to(package).parts)]
    assert run(package, tmp_path, "--version").stdout.startswith("malgeul ")

    sound = tmp_path / "회의.wav"
    write_wav(sound, speech.sentence("en", 1).samples)
    done = run(package, tmp_path, "transcribe", str(sound), "--format", "json", "--keywords")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["segments"][0]["words"]

    report = run(package, tmp_path, "doctor", "--json")
    states = {entry["name"]: entry["state"] for entry in json.loads(report.stdout)["findings"]}
    assert states["qt"] == "ok", report.stdout


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_the_built_window_opens_and_closes(
    package: Path, tmp_path: Path, x_desktop: Desktop
) -> None:
    log = tmp_path / "stderr.txt"
    environment = {**x_desktop.env, "HOME": str(tmp_path), "QT_QPA_PLATFORM": "xcb"}
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "MALGEUL_HOME"):
        environment.pop(name, None)
    with log.open("wb") as errors:
        window = subprocess.Popen([package / "malgeul"], env=environment, stderr=errors)
        try:
            wait_until(lambda: READY in log.read_bytes(), "the window of the package", 90)
            window.send_signal(signal.SIGTERM)
            assert window.wait(30) == 0, log.read_text(errors="replace")
        finally:
            if window.poll() is None:
                window.kill()
                window.wait()


@pytest.mark.timeout(300)
def test_the_wheel_brings_its_resources(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("desktop", "resources"):
        shutil.copytree(
            ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "screenshots")
        )
    make = (
        "import setuptools.build_meta, sys; print(setuptools.build_meta.build_wheel(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", make, str(tmp_path)],
        cwd=source, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(tmp_path.glob("malgeul-*.whl"))) as wheel:
        wheel.extractall(tmp_path / "site")
    ask = (
        "from desktop.paths import RESOURCES; import desktop;"
        "print(desktop.__file__); print((RESOURCES / 'hallucinations' / 'ko.txt').is_file())"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    told = subprocess.run(
        [sys.executable, "-P", "-c", ask],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    where, found = told.stdout.split()
    assert Path(where).is_relative_to(tmp_path)
    assert found == "True"
