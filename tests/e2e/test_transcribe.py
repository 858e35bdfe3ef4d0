"""`malgeul transcribe` from the outside: files in, text and exit codes out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.speech import SpeechMaker, error_rate, write_wav

KOREAN_SEED = 1
pytestmark = pytest.mark.usefixtures("no_calibration")
Program = Any


def without_times(text: str) -> str:
    return re.sub(r"^\[[\d:]+\] ", "", text, flags=re.MULTILINE)


@pytest.fixture
def korean(speech: SpeechMaker, tmp_path: Path) -> tuple[Path, str]:
    made = speech.sentence("ko", KOREAN_SEED)
    path = tmp_path / "회의 녹음.wav"
    write_wav(path, made.samples)
    return path, made.text


# what is in the file comes out ------------------------------------------------------------------


def test_english_to_text(
    program: Program, english: tuple[Path, str], whisper_fixture_path: Path
) -> None:
    path, said = english
    done = program("transcribe", path, "--model", whisper_fixture_path, "--language", "en")
    assert done.returncode == 0, done.stderr
    assert error_rate(said, without_times(done.stdout), "en") <= 0.1


def test_korean_to_json_with_words_and_times(
    program: Program, korean: tuple[Path, str], whisper_fixture_path: Path
) -> None:
    path, said = korean
    done = program("transcribe", path, "-m", whisper_fixture_path, "-l", "ko", "-f", "json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    segments = document["segments"]
    assert error_rate(said, " ".join(line["text"] for line in segments), "ko") <= 0.1
    words = [word for line in segments for word in line["words"]]
    assert all(0 <= word["start_s"] <= word["end_s"] for word in words)
    assert all(0 < word["probability"] <= 1 for word in words)


def test_auto_finds_the_language(
    program: Program, korean: tuple[Path, str], whisper_fixture_path: Path
) -> None:
    path, said = korean
    done = program("transcribe", path, "-m", whisper_fixture_path, "-l", "auto")
    assert error_rate(said, without_times(done.stdout), "ko") <= 0.1


@pytest.mark.parametrize(("name", "sign"), [("srt", "00:00:0"), ("md", "# talk")])
def test_formats(
    program: Program,
    english: tuple[Path, str],
    whisper_fixture_path: Path,
    name: str,
    sign: str,
) -> None:
    path, _ = english
    done = program("transcribe", path, "-m", whisper_fixture_path, "-l", "en", "--format", name)
    assert done.returncode == 0, done.stderr
    assert sign in done.stdout
    assert done.stdout.endswith("\n")


def test_files_for_a_folder_are_named_after_their_source(
    program: Program,
    english: tuple[Path, str],
    korean: tuple[Path, str],
    whisper_fixture_path: Path,
    tmp_path: Path,
) -> None:
    output = tmp_path / "made" / "here"
    done = program(
        *("transcribe", english[0], korean[0], "-m", whisper_fixture_path, "-l", "auto"),
        *("--format", "docx", "--output", output),
    )
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in output.iterdir()) == ["talk.docx", "회의 녹음.docx"]
    assert done.stdout.splitlines() == [str(output / "talk.docx"), str(output / "회의 녹음.docx")]
    assert all(zipfile.is_zipfile(path) for path in output.iterdir())


@pytest.mark.parametrize("way", [(), ("--live",)])
def test_several_texts_on_stdout_stand_under_their_names(
    program: Program, english: tuple[Path, str], whisper_fixture_path: Path, way: tuple[str, ...]
) -> None:
    done = program(
        "transcribe", english[0], english[0], "-m", whisper_fixture_path, "-l", "en", *way
    )
    assert done.returncode == 0, done.stderr
    before, first, second = done.stdout.split("==> talk.wav <==\n")
    assert before == ""
    assert first.startswith("[0:00:0")
    assert first == second


def test_live_gives_the_same_words_as_events(
    program: Program, english: tuple[Path, str], whisper_fixture_path: Path
) -> None:
    path, said = english
    done = program("transcribe", path, "-m", whisper_fixture_path, "-l", "en", "--live", "--events")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = {event["type"] for event in events}
    assert {"SessionStarted", "WordsCommitted", "SegmentCommitted", "SessionFinished"} <= kinds
    committed = [event for event in events if event["type"] == "WordsCommitted"]
    for event in committed:
        assert {"audio_s", "wall_s", "text", "words"} <= set(event)
        assert all({"text", "start_s", "end_s", "probability"} <= set(w) for w in event["words"])
    assert error_rate(said, "".join(w["text"] for e in committed for w in e["words"]), "en") <= 0.1


def test_every_event_begins_with_where_when_and_what(
    program: Program, english: tuple[Path, str], whisper_fixture_path: Path
) -> None:
    command = ("transcribe", english[0], "-m", whisper_fixture_path, "-l", "en", "--live")
    began = time.time()
    done = program(*command, "--events")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = {event["type"] for event in events}
    assert {"SessionStarted", "RecogniserChanged", "ProgressReported", "WordsCommitted"} <= kinds
    for event in events:
        assert list(event)[:5] == ["type", "audio_s", "wall_s", "text", "words"]
        assert began <= event["wall_s"] <= time.time()
        assert isinstance(event["text"], str)
        assert isinstance(event["words"], list)
    wordless = [event for event in events if not event["words"]]
    assert "ProgressReported" in {event["type"] for event in wordless}
    places = [event["audio_s"] for event in wordless]
    assert places[0] == 0
    assert places == sorted(places)
    assert events[-1]["type"] == "SessionFinished"
    assert places[-1] == events[-1]["duration_s"] >= events[-2]["audio_s"] > 1


def test_without_any_model_the_basic_recogniser_says_so(
    program: Program, english: tuple[Path, str]
) -> None:
    """No Whisper model, no network, Korean as the default: English is captioned all the same."""
    path, _ = english
    done = program("transcribe", path, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["segments"]
    assert "basic" in done.stderr.lower()
    assert "models get" in done.stderr


def test_quiet_prints_the_text_only(
    program: Program, english: tuple[Path, str], whisper_fixture_path: Path
) -> None:
    done = program("-q", "transcribe", english[0], "-m", whisper_fixture_path, "-l", "en")
    assert done.stderr == ""
    assert done.stdout.strip()


# what goes wrong ---------------------------------------------------------------------------------


def test_a_missing_file_is_3(program: Program) -> None:
    done = program("transcribe", "no such file.mp3")
    assert done.returncode == 3
    assert "no such file.mp3" in done.stderr
    assert done.stdout == ""


def _no_media(folder: Path) -> dict[str, Path]:
    files = {name: folder / name for name in ("notes.txt", "empty.mp3", "noise.mp4", "folder")}
    files["notes.txt"].write_text("these are not sounds", encoding="utf-8")
    files["empty.mp3"].write_bytes(b"")
    files["noise.mp4"].write_bytes(bytes(range(256)) * 64)
    files["folder"].mkdir()
    return files


@pytest.mark.parametrize("name", ["notes.txt", "empty.mp3", "noise.mp4", "folder"])
def test_what_is_no_media_file_is_1(program: Program, tmp_path: Path, name: str) -> None:
    path = _no_media(tmp_path)[name]
    done = program("transcribe", path)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ") or "\nError: " in done.stderr
    assert name in done.stderr
    assert done.stdout == ""


def test_one_bad_file_does_not_stop_the_others(
    program: Program, english: tuple[Path, str], whisper_fixture_path: Path, tmp_path: Path
) -> None:
    bad = _no_media(tmp_path)["noise.mp4"]
    output = tmp_path / "out"
    done = program(
        "transcribe", bad, english[0], "-m", whisper_fixture_path, "-l", "en", "-o", output
    )
    assert done.returncode == 1
    assert "noise.mp4" in done.stderr
    assert [path.name for path in output.iterdir()] == ["talk.txt"]


def test_an_unknown_model_is_3(program: Program, english: tuple[Path, str]) -> None:
    done = program("transcribe", english[0], "--model", "gigantic")
    assert done.returncode == 3
    assert "gigantic" in done.stderr
    assert "turbo" in done.stderr, "the ones there are"


def test_a_damaged_model_folder_is_4(
    program: Program, english: tuple[Path, str], tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"\x00" * 4096)
    (folder / "config.json").write_text("{}", encoding="utf-8")
    done = program("transcribe", english[0], "--model", folder)
    assert done.returncode == 4
    assert str(folder) in done.stderr or "model" in done.stderr


def test_an_output_folder_that_cannot_be_made_is_6(
    program: Program, english: tuple[Path, str], whisper_fixture_path: Path, tmp_path: Path
) -> None:
    """faults: S43 - refused, naming the path."""
    output = tmp_path / "a file" / "out"
    (tmp_path / "a file").write_text("", encoding="utf-8")
    done = program("transcribe", english[0], "-m", whisper_fixture_path, "-o", output)
    assert done.returncode == 6
    assert str(output) in done.stderr


@pytest.mark.parametrize("place", ["a file/out", "/proc/self/task", "a file"])
def test_an_output_that_cannot_be_written_is_told_before_the_work(
    program: Program, whisper_fixture_path: Path, tmp_path: Path, place: str
) -> None:
    """faults: S43"""
    (tmp_path / "a file").write_text("", encoding="utf-8")
    (tmp_path / "talk.wav").write_text("no sound, which would be told next", encoding="utf-8")
    done = program(
        *("transcribe", tmp_path / "talk.wav", "-m", whisper_fixture_path),
        *("-o", tmp_path / place),
    )
    assert done.returncode == (2 if place == "a file" else 6)
    assert place in done.stderr
    assert "talk.wav" not in done.stderr


def test_the_folder_is_made_before_the_work_and_nothing_is_left_in_it(
    program: Program, english: tuple[Path, str], whisper_fixture_path: Path, tmp_path: Path
) -> None:
    output = tmp_path / "new" / "out"
    done = program("transcribe", english[0], "-m", whisper_fixture_path, "-l", "en", "-o", output)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in output.iterdir()] == ["talk.txt"]


@pytest.mark.parametrize("format_name", ["txt", "docx"])
def test_what_cannot_be_written_in_the_end_is_put_elsewhere(
    program: Program,
    english: tuple[Path, str],
    whisper_fixture_path: Path,
    tmp_path: Path,
    format_name: str,
) -> None:
    """faults: S43 - somebody removes the folder during the work."""
    output = tmp_path / "out"
    process = program.start(
        *("transcribe", english[0], "-m", whisper_fixture_path, "-l", "en", "--events"),
        *("-f", format_name, "--output", output),
    )
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["type"] == "SegmentCommitted":
            break
        if json.loads(line)["type"] == "SessionStarted":
            output.rmdir()
            output.write_text("", encoding="utf-8")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 6
    [kept] = (program.home / "exports").iterdir()
    assert f"The transcript is in {kept} instead." in err
    if format_name == "txt":
        assert error_rate(english[1], without_times(kept.read_text("utf-8")), "en") <= 0.1
    else:
        assert zipfile.is_zipfile(kept)


def test_text_that_the_terminals_file_has_no_room_for_is_put_elsewhere(
    program: Program, english: tuple[Path, str], whisper_fixture_path: Path
) -> None:
    """faults: S43 - ``malgeul transcribe talk.wav > a full disk``."""
    command = ("transcribe", english[0], "-m", whisper_fixture_path, "-l", "en")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "desktop", *map(str, command)],
            env=program.variables(),
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=90,
            check=False,
        )
    assert done.returncode == 6, done.stderr
    [kept] = (program.home / "exports").iterdir()
    assert str(kept) in done.stderr
    assert "Exception ignored" not in done.stderr
    assert error_rate(english[1], without_times(kept.read_text("utf-8")), "en") <= 0.1


def test_a_data_directory_that_cannot_be_written_stops_no_transcription(
    program: Program, english: tuple[Path, str], whisper_fixture_path: Path, tmp_path: Path
) -> None:
    program.home = tmp_path / "a file" / "home"
    (tmp_path / "a file").write_text("", encoding="utf-8")
    done = program("transcribe", english[0], "-m", whisper_fixture_path, "-l", "en")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_a_text_says_what_it_leaves_out(
    program: Program, whisper_fixture_path: Path, tmp_path: Path
) -> None:
    path = tmp_path / "still.wav"
    write_wav(path, np.zeros(32_000, np.float32))
    done = program("transcribe", path, "-m", whisper_fixture_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "still.wav: no speech was found." in done.stderr


def test_files_whose_names_become_one_do_not_overwrite_each_other(
    program: Program, tmp_path: Path, whisper_fixture_path: Path
) -> None:
    """Long names are cut, and what no system bears is replaced."""
    long = "회의" * 30
    names = [f"{long} 하나.wav", f"{long} 둘.wav", "a\nb.wav", "a_b.wav", "Talk.wav", "talk.wav"]
    for name in names:
        write_wav(tmp_path / name, np.zeros(16_000, dtype=np.float32))
    files = [tmp_path / name for name in names]
    done = program("transcribe", *files, "-m", whisper_fixture_path, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    written = [Path(line) for line in done.stdout.splitlines()]
    assert len({path.name.casefold() for path in written}) == len(names)
    assert sorted((tmp_path / "out").iterdir()) == sorted(written)
    assert "a\nb.wav:" not in done.stderr
    assert "a�b.wav: no speech was found." in done.stderr


def test_subtitles_of_several_files_on_stdout_are_warned_of(
    program: Program, tmp_path: Path, whisper_fixture_path: Path
) -> None:
    files = [tmp_path / "one.wav", tmp_path / "two.wav"]
    for file in files:
        write_wav(file, np.zeros(16_000, dtype=np.float32))
    done = program("transcribe", *files, "-m", whisper_fixture_path, "-f", "vtt")
    assert (done.returncode, done.stdout) == (0, "WEBVTT\nWEBVTT\n")
    assert "--output DIR writes a file for each" in done.stderr
    alone = program("transcribe", files[0], "-m", whisper_fixture_path, "-f", "vtt")
    assert "--output" not in alone.stderr
