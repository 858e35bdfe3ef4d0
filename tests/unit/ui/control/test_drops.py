"""What is dropped: recordings, documents, folders, and files whose name says nothing."""

from __future__ import annotations

from pathlib import Path

from desktop.ui.control.drops import MAX_FOLDER_MEDIA, kind_of, sort_drop


def made(folder: Path, name: str, content: bytes = b"x") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_mixed_drop_is_sorted(tmp_path: Path) -> None:
    video, pdf = made(tmp_path, "회의.MP4"), made(tmp_path, "계획.pdf")
    inside = made(tmp_path, "자료/안쪽/녹음.m4a")
    made(tmp_path, "자료/보고서.hwp")
    made(tmp_path, "자료/.숨김/녹음.mp3")
    drop = sort_drop([video, pdf, tmp_path / "자료", tmp_path / "없는 파일.pdf"])
    assert drop.media == (video, inside)
    assert drop.documents == (pdf,)
    assert drop.folders == (tmp_path / "자료",)


def test_content_decides_where_the_name_does_not(tmp_path: Path) -> None:
    cases = {
        b"%PDF-1.7 ...": "document",
        b"PK\x03\x04rest": "document",
        "회의록입니다.\n".encode(): "document",
        "회의록입니다.\n".encode("cp949"): "document",
        b"RIFF....WAVEfmt ": "media",
        b"\x00\x00\x00\x20ftypisom": "media",
        b"OggS....": "media",
        b"\x93\x00\x01\x02\xfe\x00\x00": "media",  # the decoder says what it is not
    }
    for number, (content, kind) in enumerate(cases.items()):
        assert kind_of(made(tmp_path, f"file{number}", content)) == kind, content


def test_a_cut_character_at_the_end_of_the_head_is_still_text(tmp_path: Path) -> None:
    assert kind_of(made(tmp_path, "long", ("a" + "한글" * 3000).encode())) == "document"


def test_folders_of_recordings_are_bounded_and_links_not_followed(tmp_path: Path) -> None:
    """faults: D61, D65"""
    for number in range(MAX_FOLDER_MEDIA + 5):
        made(tmp_path, f"all/{number:03}.mp3")
    (tmp_path / "all" / "loop").symlink_to(tmp_path / "all")
    (tmp_path / "all" / "000-link.mp3").symlink_to("/dev/zero")
    drop = sort_drop([tmp_path / "all"])
    assert len(drop.media) == MAX_FOLDER_MEDIA
    assert drop.media[0].name == "000.mp3"
