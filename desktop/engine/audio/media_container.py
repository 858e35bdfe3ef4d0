"""Opens a media file that somebody chose, trusting nothing about it.  Runs on the caller's thread.

The file is opened here and handed to FFmpeg as a byte stream: a name can then never be read as
a URL, and playlists inside it cannot make FFmpeg open another file or the network.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn

from desktop.errors import MediaError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

_TITLE_LIMIT = 200
_PLAYLIST_MARKS = (b"#EXTM3U", b"ffconcat", b"[playlist]")
_OGG_PAGE_LIMIT = 65_307 + 27
_OGG_END_FLAG = 0x04
_BUFFER_BYTES = 256 * 1024
_NO_MEDIA_HINT = "Choose an audio or video file such as MP3, M4A, WAV, FLAC, OGG, MP4 or MKV."
_DAMAGED_HINT = "Play it in a media player to check it, or export it again from where it was made."


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What a media file says about its sound.

    Args:
        duration_s: length in seconds; 0 when the file does not say.
        codec: FFmpeg's short name ("aac", "opus").
        channels: of the sound track that is read.
        rate_hz: its sample rate.
        has_video: moving pictures; cover art does not count.
        title: from the file's tags, else empty.
        sound_tracks: how many there are; one of them is read.
    """

    duration_s: float
    codec: str
    channels: int
    rate_hz: int
    has_video: bool
    title: str
    sound_tracks: int = 1


@dataclass(frozen=True, slots=True)
class OpenMedia:
    """An open container with the sound track to read."""

    container: InputContainer
    stream: AudioStream
    info: MediaInfo
    sound_s: float  # where the sound track is declared to end; 0 when unknown
    cut: bool  # the file visibly ends before its own end mark


@contextlib.contextmanager
def open_media(path: Path) -> Iterator[OpenMedia]:
    """Opens `path` and finds its sound track.

    Raises:
        MediaError: no regular file, not readable, no media, or media without sound.
    """
    import av

    with _open_file(path) as file:
        try:
            container = av.open(
                file,
                mode="r",
                metadata_errors="ignore",
                buffer_size=_BUFFER_BYTES,
                io_open=_refuse_nested,
                options={"protocol_whitelist": "none"},  # for demuxers that open files past io_open
            )
        except (av.FFmpegError, OSError, ValueError) as error:
            raise _not_media(path, file, error) from error
        with container:
            yield _describe(path, container, _ends_early(path, container.format.name))


def _describe(path: Path, container: InputContainer, cut: bool) -> OpenMedia:
    from av.audio.stream import AudioStream
    from av.stream import Discard, Disposition

    moving = any(not s.disposition & Disposition.attached_pic for s in container.streams.video)
    sound = container.streams.best("audio")
    if not isinstance(sound, AudioStream):
        raise MediaError(
            f"“{path.name}” has no sound in it{': it is a silent video' if moving else ''}.",
            hint=_NO_MEDIA_HINT,
            code="media.no_sound",
        )
    context = sound.codec_context
    if context is None:
        raise MediaError(
            f"The sound in “{path.name}” is stored in a way that is not known here.",
            hint="Convert the file to MP3, M4A or WAV and try again.",
            code="media.codec",
        )
    if context.name == "flac":  # its decoder else plays damaged frames as loud noise
        context.options = {"err_detect": "crccheck+explode"}
    for other in container.streams:
        if other.index != sound.index:
            other.discard = Discard.all  # large videos: do not even assemble their packets
    whole_s = max(0.0, (container.duration or 0) / 1_000_000)
    sound_s = _declared_end(container, sound)
    if not sound_s and len(container.streams) == 1:
        sound_s = whole_s
    info = MediaInfo(
        duration_s=whole_s or sound_s,
        codec=context.name,
        channels=context.channels,
        rate_hz=context.sample_rate,
        has_video=moving,
        title=_clean_title(container.metadata.get("title", "")),
        sound_tracks=len(container.streams.audio),
    )
    return OpenMedia(container, sound, info, sound_s, cut)


def _declared_end(container: InputContainer, sound: AudioStream) -> float:
    """Seconds from the start of the file to the declared end of the sound; 0 when not declared."""
    tag = sound.metadata.get("DURATION", "")  # Matroska: "00:00:03.008000000"
    if match := re.fullmatch(r"(\d{1,4}):(\d\d):(\d\d(?:\.\d+)?)", tag):
        return int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3])
    if not sound.duration or not sound.time_base:
        return 0.0
    start_s = float((sound.start_time or 0) * sound.time_base)
    delay_s = max(0.0, start_s - (container.start_time or 0) / 1_000_000)
    return max(0.0, delay_s + float(sound.duration * sound.time_base))


def _ends_early(path: Path, format_name: str) -> bool:
    """Whether a format whose length FFmpeg takes from the file size was cut off."""
    try:
        with open(path, "rb") as file:
            if format_name == "wav":
                head = file.read(8)
                claimed = int.from_bytes(head[4:8], "little")
                endless = claimed in (0, 0xFFFFFFFF, 0x7FFFFFFF)  # written to a pipe
                return head[:4] == b"RIFF" and not endless and claimed + 8 > _size(file) + 1
            if format_name == "ogg":
                file.seek(max(0, _size(file) - _OGG_PAGE_LIMIT))
                tail = file.read()
                page = tail.rfind(b"OggS")
                return page >= 0 and page + 5 < len(tail) and not tail[page + 5] & _OGG_END_FLAG
    except OSError:
        return False
    return False


def _size(file: IO[bytes]) -> int:
    return os.fstat(file.fileno()).st_size


def _open_file(path: Path) -> IO[bytes]:
    """Opens a regular file.  FIFOs and devices are refused before anything could block on them."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise MediaError(
                f"“{path.name}” is a folder, not a media file.",
                hint="Choose the files inside it.",
                code="media.folder",
            )
        if not stat.S_ISREG(mode):
            raise _special(path)
        file = open(path, "rb", buffering=0, opener=_open_without_waiting)  # noqa: SIM115 - returned
    except (OSError, ValueError) as error:
        _raise_unreadable(path, error)
    try:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):  # exchanged between the two looks
            raise _special(path)
        if status.st_size == 0:
            raise MediaError(
                f"“{path.name}” is empty (0 bytes).",
                hint="The recording or copy did not finish; get the file again.",
                code="media.empty",
            )
    except BaseException:
        file.close()
        raise
    return file


def _open_without_waiting(name: str, flags: int) -> int:
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))


def _special(path: Path) -> MediaError:
    return MediaError(
        f"“{path.name}” is a device or a pipe, not a file.",
        hint="Choose a file on disk; to caption live sound, start a recording instead.",
        code="media.special",
    )


def _raise_unreadable(path: Path, error: OSError | ValueError) -> NoReturn:
    code, hint = "media.unreadable", "Check that the disk is connected and try again."
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    if isinstance(error, FileNotFoundError):
        reason, code, hint = "it does not exist", "media.missing", "Check the name and the folder."
    elif isinstance(error, PermissionError):
        reason, code = "you may not read it", "media.permission"
        hint = "Change the file's permissions or copy it to your own folder."
    elif isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        reason, code, hint = "its name is too long", "media.missing", "Check the name."
    raise MediaError(f"“{path.name}” cannot be opened: {reason}.", hint=hint, code=code) from error


def _refuse_nested(url: str, flags: int, options: dict[str, str]) -> IO[bytes]:
    raise PermissionError(errno.EACCES, "media files may not refer to others")


def _not_media(path: Path, file: IO[bytes], error: Exception) -> MediaError:
    import av

    head = b""
    with contextlib.suppress(OSError):
        file.seek(0)
        head = file.read(16)
    if isinstance(error, PermissionError) or head.startswith(_PLAYLIST_MARKS):
        return MediaError(
            f"“{path.name}” only refers to other files or to the network.",
            hint="Choose the sound file itself, not a playlist.",
            code="media.playlist",
        )
    if isinstance(error, av.FFmpegError):
        reason = "it is damaged, incomplete or no audio or video file"
        if head[4:8] == b"ftyp":  # MP4 family: the index is often written last
            reason = "it breaks off before its index, as after an interrupted recording"
        return MediaError(
            f"“{path.name}” cannot be read: {reason}.",
            hint=f"{_NO_MEDIA_HINT} {_DAMAGED_HINT}",
            code="media.damaged",
        )
    return MediaError(
        f"“{path.name}” cannot be read: {error}.", hint=_DAMAGED_HINT, code="media.unreadable"
    )


def _clean_title(raw: str) -> str:
    """A title as one printable line: tags are written by strangers."""
    printable = "".join(
        " " if char.isspace() else char
        for char in raw
        if char.isspace() or unicodedata.category(char)[0] != "C"
    )
    return " ".join(printable.split())[:_TITLE_LIMIT]
