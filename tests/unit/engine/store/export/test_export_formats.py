"""Text, Markdown, JSON and Word exports, and the files they are written to."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from pathlib import Path

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.engine.store.export.made_transcripts import make_segment, make_session

from desktop.engine.store.export import FORMATS, export, safe_name, write_export
from desktop.errors import StorageError
from desktop.events import Track
from desktop.records import GapRecord, SuppressedRecord

LINES = [
    make_segment("안녕하세요 *여러분*", 1.0, sequence=1),
    make_segment("<b>bold</b> & [link](x) \x00\x0b\ud800", 3661.0, sequence=2, track=Track.SYSTEM),
]
GAPS = [GapRecord(Track.MIC, 10.0, 75.0, "unplugged")]
HELD_BACK = SuppressedRecord(1, "s", Track.MIC, 5.0, 6.0, "감사합니다", (), "ko", 0.2, "phrase")


def test_txt() -> None:
    body = export(make_session(), LINES, format_name="txt", gaps=GAPS).decode("utf-8")
    assert body.split("\n") == [
        "[0:00:01] 나: 안녕하세요 *여러분*",
        "[소리 없음 0:00:10–0:01:15: 장치 분리]",
        "[1:01:01] 김 <대리> & 팀: <b>bold</b> & [link](x)",
        "",
    ]
    alone = export(make_session(tracks=1, language="en"), LINES[:1], format_name="txt", gaps=GAPS)
    assert alone.decode().startswith("[0:00:01] 안녕하세요")
    assert "no sound 0:00:10–0:01:15: unplugged" in alone.decode()


def test_a_pause_of_both_tracks_is_told_once() -> None:
    mic, system = Track.MIC, Track.SYSTEM
    spans = [(mic, 8.0, 14.0), (system, 8.0, 14.5), (mic, 20.0, 21.0), (mic, 21.0, 22.0)]
    gaps = [GapRecord(track, start_s, end_s, "paused") for track, start_s, end_s in spans]
    body = export(make_session(), [], format_name="txt", gaps=gaps).decode("utf-8")
    assert body.splitlines() == [
        "[소리 없음 0:00:08–0:00:14: 일시 정지]",
        "[소리 없음 0:00:20–0:00:21: 일시 정지]",
        "[소리 없음 0:00:21–0:00:22: 일시 정지]",
    ]
    assert len(json.loads(export(make_session(), [], format_name="json", gaps=gaps))["gaps"]) == 4


def test_md_shows_text_and_not_markup() -> None:
    body = export(make_session("# 회의 *1*"), LINES, format_name="md").decode("utf-8")
    assert body.startswith("# \\# 회의 \\*1\\*\n\n")
    assert "안녕하세요 \\*여러분\\*" in body
    assert "\\<b\\>bold\\</b\\> \\& \\[link\\](x)" in body
    unescaped = re.sub(r"\\([\\`*_{}\[\]<>#|~&!$])", "", body)
    assert not re.search(r"[<>\[\]]", unescaped)


def test_json_holds_everything() -> None:
    edited = dataclasses.replace(LINES[0], text="고침", bookmarked=True)
    body = export(make_session(), [edited], format_name="json", gaps=GAPS, suppressed=[HELD_BACK])
    data = json.loads(body)
    assert data["format"] == "malgeul-transcript"
    assert data["session"]["title"] == "주간 회의"
    (line,) = data["segments"]
    assert (line["text"], line["original_text"], line["edited"]) == (
        "고침",
        "안녕하세요 *여러분*",
        True,
    )
    assert line["words"][0] == {
        "text": " 안녕하세요",
        "start_s": 1.0,
        "end_s": pytest.approx(1.35),
        "probability": 0.9,
    }
    assert (line["track"], line["speaker"], line["bookmarked"]) == ("mic", "나", True)
    assert data["gaps"][0]["cause"] == "unplugged"
    assert data["suppressed"][0]["text"] == "감사합니다"
    json.loads(export(make_session(), LINES, format_name="json"))


def test_docx_opens_with_all_its_text() -> None:
    body = export(make_session("회\x00의" * 200), LINES, format_name="docx", gaps=GAPS)
    document = Document(io.BytesIO(body))
    text = [paragraph.text for paragraph in document.paragraphs]
    assert text[0].startswith("회의회의")
    assert "0:00:01  나  안녕하세요 *여러분*" in text
    assert "1:01:01  김 <대리> & 팀  <b>bold</b> & [link](x)" in text
    assert any("소리 없음" in line for line in text)


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_empty_session_exports(format_name: str) -> None:
    body = export(make_session(""), [], format_name=format_name)
    if format_name == "docx":
        assert Document(io.BytesIO(body)).paragraphs
    elif format_name == "json":
        assert json.loads(body)["segments"] == []
    else:
        body.decode("utf-8")


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(StorageError) as caught:
        export(make_session(), [], format_name="pdf")
    assert "docx" in caught.value.hint


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("주간 회의", "주간 회의.txt"),
        ("../x", "_x.txt"),
        ("..\\..\\x", "_.._x.txt"),
        ("CON", "_CON.txt"),
        ("nul.tar", "_nul.tar.txt"),
        ("COM¹", "_COM¹.txt"),
        ("a/b:c*d?e", "a_b_c_d_e.txt"),
        (" .hidden. ", "hidden.txt"),
        ("", "transcript.txt"),
        ("///", "transcript.txt"),
        ("a\nb\0c", "a_b_c.txt"),
        ("invoice\u202etxt.exe", "invoicetxt.exe.txt"),
    ],
)
def test_safe_names(title: str, expected: str) -> None:
    """faults: S53"""
    assert safe_name(title, "txt") == expected


def test_safe_names_of_several_that_are_called_alike() -> None:
    """The number stays where the name is cut, and the name made safe again is the same."""
    names = [safe_name("회의" * 60 + end, "txt", number) for number in (1, 2, 12) for end in "ab"]
    assert names[0] == names[1]
    assert len(set(names)) == 3
    assert names[2].endswith(" (2).txt")
    assert [safe_name(name.removesuffix(".txt"), "txt") for name in names] == names


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.text(max_size=90), st.text(alphabet="가./CON a", max_size=300)))
def test_any_title_gives_a_name_that_can_be_used(title: str) -> None:
    """faults: S53"""
    name = safe_name(title, "docx")
    assert len(name.encode("utf-8")) <= 200
    assert Path(name).name == name
    assert not name.startswith(".")
    assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', name)


def test_files_in_a_folder_never_replace_each_other(tmp_path: Path) -> None:
    session = make_session("../../회" * 150)
    written = [write_export(tmp_path, session, LINES, format_name="srt") for _ in range(3)]
    assert len(set(written)) == 3
    assert sorted(tmp_path.iterdir()) == sorted(written)
    assert all(path.parent == tmp_path for path in written)
    assert written[0].read_bytes() == export(session, LINES, format_name="srt")


def test_a_named_file_is_replaced_whole(tmp_path: Path) -> None:
    """faults: S53"""
    target = tmp_path / "new" / "minutes.txt"
    assert write_export(target, make_session(), LINES, format_name="txt") == target
    target.write_text("old")
    assert write_export(target, make_session(), LINES, format_name="txt") == target
    assert target.read_bytes() == export(make_session(), LINES, format_name="txt")
    assert write_export(tmp_path / "CON", make_session(), [], format_name="md").name == "_CON.md"
    assert write_export(tmp_path / "v1.2", make_session(), [], format_name="md").name == "v1.2.md"
    long = write_export(tmp_path / ("가" * 300), make_session(), [], format_name="md")
    assert long.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        ["new", "_CON.md", "v1.2.md", long.name]
    )


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError):
        write_export(tmp_path / "file" / "x.txt", make_session(), [], format_name="txt")
