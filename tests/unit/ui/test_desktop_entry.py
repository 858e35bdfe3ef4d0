"""The icon in the menu takes what the window takes, and says so in the system's own words."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QMimeDatabase
from PySide6.QtGui import QImage

from desktop.ui.models.file_kinds import DOCUMENT_SUFFIXES, MEDIA_SUFFIXES

ROOT = Path(__file__).resolve().parents[3]
LINUX = ROOT / "packaging" / "linux"
OURS = ElementTree.parse(LINUX / "malgeul-mime.xml").getroot()
SPACE = "{http://www.freedesktop.org/standards/shared-mime-info}"


def entry() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(LINUX / "malgeul.desktop", encoding="utf-8")
    return parser["Desktop Entry"]


def own_types(suffix: str) -> set[str]:
    """What the package itself says about a suffix."""
    found = set()
    for kind in OURS.iter(f"{SPACE}mime-type"):
        if any(glob.get("pattern") == f"*{suffix}" for glob in kind.iter(f"{SPACE}glob")):
            found |= {kind.get("type", "")}
    return found


@pytest.mark.parametrize("suffix", sorted(MEDIA_SUFFIXES | DOCUMENT_SUFFIXES))
def test_whatever_the_window_takes_can_be_dropped_on_the_icon(suffix: str) -> None:
    known = QMimeDatabase().mimeTypesForFileName(f"file{suffix}")
    names = {name for kind in known for name in (kind.name(), *kind.aliases())}
    names |= own_types(suffix)
    if suffix == ".text" and not names:
        pytest.skip("this system's list has no such suffix: its contents tell")
    assert names & set(entry()["MimeType"].split(";"))


def test_the_entry_opens_files_in_both_languages() -> None:
    found = entry()
    assert found["Exec"] == "malgeul open %F"
    assert found["Name"]
    assert found["Name[ko]"] == "말글"
    assert found["Comment[ko]"]


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="desktop-file-utils")
def test_the_entry_is_a_valid_one() -> None:
    done = subprocess.run(
        ["desktop-file-validate", LINUX / "malgeul.desktop"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.skipif(shutil.which("appstreamcli") is None, reason="appstream")
def test_software_centres_understand_the_description(tmp_path: Path) -> None:
    text = (LINUX / "malgeul.metainfo.xml").read_text(encoding="utf-8")
    text = text.replace("@VERSION@", "0.1.0").replace("@DATE@", "2026-01-31")
    path = tmp_path / "io.github.cloud_linuxer.malgeul.metainfo.xml"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["appstreamcli", "validate", "--no-net", path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_icons_have_the_size_of_their_name() -> None:
    sizes = set()
    for path in (ROOT / "resources" / "icons").glob("malgeul-*.png"):
        named = int(re.sub(r"\D", "", path.stem))
        image = QImage(str(path))
        assert (image.width(), image.height()) == (named, named)
        assert image.hasAlphaChannel()
        sizes.add(named)
    assert sizes >= {16, 24, 32, 48, 64, 128, 256, 512}
