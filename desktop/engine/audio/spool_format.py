"""The spool's bytes: a file header, then self-contained frames.  Pure functions, no I/O.

Every frame carries a magic number, its kind, a sequence number, the timeline position of its first
sample, its length and a CRC-32 over all of it, so that a reader can find the next good frame after
any damage and can tell exactly which samples are missing.  Positions are 64-bit: neither a file
beyond 4 GiB nor a year of sound overflows.

    file header   magic "MGSPOOL1", rate u32, reserved u32, wall clock f64, track 16 bytes, CRC u32
    frame         magic "MGf1", kind u8, cause u8, reserved u16, payload bytes u32, sequence u64,
                  first sample u64, samples u64, CRC u32, payload (int16 little-endian)
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum

from desktop.events import SAMPLE_RATE_HZ

FILE_MAGIC = b"MGSPOOL1"
FRAME_MAGIC = b"MGf1"
_FILE = struct.Struct("<8sIId16s")
_FRAME = struct.Struct("<4sBBHIQQQ")
_CRC = struct.Struct("<I")
FILE_HEADER_BYTES = _FILE.size + _CRC.size
FRAME_HEADER_BYTES = _FRAME.size + _CRC.size
SAMPLE_BYTES = 2
MAX_PAYLOAD_BYTES = 1 << 20

CAUSES = ("", "overflow", "stall", "unplugged", "suspended", "paused", "storage", "starting")


class FrameKind(IntEnum):
    PCM = 1
    GAP = 2  # no sound was captured; `cause` says why
    SILENCE = 3  # the source was silent by nature and sent nothing
    END = 4  # the track was closed in order


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """What a frame says about itself."""

    kind: FrameKind
    cause: str
    payload_bytes: int
    sequence: int
    first_sample: int
    samples: int
    crc: int

    @property
    def end_sample(self) -> int:
        return self.first_sample + self.samples

    @property
    def frame_bytes(self) -> int:
        return FRAME_HEADER_BYTES + self.payload_bytes


def pack_file_header(track: str, wall_s: float) -> bytes:
    """The first bytes of a spool."""
    body = _FILE.pack(FILE_MAGIC, SAMPLE_RATE_HZ, 0, wall_s, track.encode("ascii"))
    return body + _CRC.pack(zlib.crc32(body))


def unpack_file_header(data: bytes) -> tuple[str, float] | None:
    """Track name and wall clock at the start of recording, or None when it is damaged."""
    if len(data) < FILE_HEADER_BYTES:
        return None
    body = data[: _FILE.size]
    magic, rate_hz, _, wall_s, track = _FILE.unpack(body)
    (crc,) = _CRC.unpack_from(data, _FILE.size)
    if magic != FILE_MAGIC or rate_hz != SAMPLE_RATE_HZ or crc != zlib.crc32(body):
        return None
    return track.rstrip(b"\0").decode("ascii"), wall_s


def pack_frame(
    kind: FrameKind,
    sequence: int,
    first_sample: int,
    samples: int,
    *,
    payload: bytes = b"",
    cause: str = "",
) -> bytes:
    """One frame with its checksum."""
    head = _FRAME.pack(
        FRAME_MAGIC, kind, CAUSES.index(cause), 0, len(payload), sequence, first_sample, samples
    )
    return head + _CRC.pack(zlib.crc32(payload, zlib.crc32(head))) + payload


def unpack_frame_header(data: bytes | memoryview, offset: int = 0) -> FrameHeader | None:
    """Reads a frame's header; None when it cannot be one.  The checksum is not looked at."""
    if len(data) - offset < FRAME_HEADER_BYTES:
        return None
    magic, kind, cause, _, payload_bytes, sequence, first, samples = _FRAME.unpack_from(
        data, offset
    )
    if magic != FRAME_MAGIC or not 1 <= kind <= 4 or cause >= len(CAUSES):
        return None
    if payload_bytes > MAX_PAYLOAD_BYTES:
        return None
    if payload_bytes != (samples * SAMPLE_BYTES if kind == FrameKind.PCM else 0):
        return None
    (crc,) = _CRC.unpack_from(data, offset + _FRAME.size)
    return FrameHeader(FrameKind(kind), CAUSES[cause], payload_bytes, sequence, first, samples, crc)


def frame_is_sound(data: bytes | memoryview, offset: int, header: FrameHeader) -> bool:
    """Whether the frame at `offset` is whole and its checksum holds."""
    payload_at = offset + FRAME_HEADER_BYTES
    end = payload_at + header.payload_bytes
    if end > len(data):
        return False
    head_crc = zlib.crc32(data[offset : offset + _FRAME.size])
    return zlib.crc32(data[payload_at:end], head_crc) == header.crc
