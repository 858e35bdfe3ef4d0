"""The limited process: what it gives, what it may not do, and that nothing it does harms."""

from __future__ import annotations

import os
import socket
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import document_files as files
import pytest
from ended_thread import on_a_thread_that_ends

from desktop.errors import DocumentError
from desktop.services.documents import reader as reader_module
from desktop.services.documents.reader import DocumentReader

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="limits of the kernel")


@pytest.fixture
def reader() -> Iterator[DocumentReader]:
    reader = DocumentReader(within_s=60.0)
    yield reader
    reader.close()


def made(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def code_of(reader: DocumentReader, path: Path) -> str:
    with pytest.raises(DocumentError) as raised:
        reader.read(path)
    assert raised.value.message
    return raised.value.code


def misbehaving(folder: Path, body: str) -> list[str]:
    """A parser process whose parser does something else."""
    child = folder / "child.py"
    source = Path(__file__).parents[4] / "desktop" / "services" / "documents" / "parser_child.py"
    text = source.read_text(encoding="utf-8")
    text = text.replace("parents[3]", f"parents[3] if False else Path({str(source.parents[3])!r})")
    body = textwrap.indent(textwrap.dedent(body), "        ")
    text = text.replace('        extracted = read_document(source, request["name"])\n', body)
    child.write_text(text, encoding="utf-8")
    return [sys.executable, "-I", str(child)]


def test_text_and_fingerprint(reader: DocumentReader, tmp_path: Path) -> None:
    path = made(tmp_path, "한글 이름.docx", files.docx())
    document, found = reader.read(path)
    assert files.KOREAN in document.text
    assert found.size_bytes == path.stat().st_size
    assert found == reader.fingerprint(path)


def test_the_process_is_used_again_also_after_failures(
    reader: DocumentReader, tmp_path: Path
) -> None:
    """faults: D60"""
    assert code_of(reader, made(tmp_path, "a.pdf", b"%PDF-1.4 no")) == "document.damaged"
    assert reader._child is not None
    pid = reader._child.process.pid
    reader.read(made(tmp_path, "b.txt", b"fine"))
    assert reader._child.process.pid == pid


def test_the_process_outlives_the_thread_that_asked_first(
    reader: DocumentReader, tmp_path: Path
) -> None:
    """A thread of a pool comes and goes; Linux would end the children it started with it."""
    on_a_thread_that_ends(lambda: reader.read(made(tmp_path, "a.txt", b"fine")))
    assert reader._child is not None
    pid = reader._child.process.pid
    reader.read(made(tmp_path, "b.txt", b"fine"))
    assert reader._child.process.pid == pid


def test_links_pipes_and_folders_are_not_read(reader: DocumentReader, tmp_path: Path) -> None:
    """faults: D61"""
    (tmp_path / "link.txt").symlink_to(made(tmp_path, "a.txt", b"x"))
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    for name in ("link.txt", "pipe.txt", "folder.txt"):
        assert code_of(reader, tmp_path / name) == "document.not-a-file"
    assert code_of(reader, tmp_path / "absent.txt") == "document.gone"


def test_too_big(tmp_path: Path) -> None:
    reader = DocumentReader(max_file_mb=1)
    path = made(tmp_path, "a.txt", b"x" * 1_100_000)
    assert code_of(reader, path) == "document.too-big"
    reader.close()


def test_a_parser_that_hangs_is_killed_and_the_next_document_read(tmp_path: Path) -> None:
    """faults: D58"""
    path = made(tmp_path, "a.txt", b"x")
    body = """
    import time
    from desktop.services.documents.parsers.building import TextBuilder
    builder = TextBuilder("txt"); builder.text("ok"); extracted = builder.build()
    if request["name"] == "a.txt":
        time.sleep(600)
    """
    reader = DocumentReader(within_s=2.0, command=misbehaving(tmp_path, body))
    try:
        assert code_of(reader, path) == "document.time"
        assert reader.read(made(tmp_path, "b.txt", b"x"))[0].text == "ok\n"
    finally:
        reader.close()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("import os, signal; os.abort()", "document.crashed"),
        ("import ctypes; ctypes.string_at(0)", "document.crashed"),
        ("extracted = bytearray(2_000_000_000)", "document.memory"),
        ("open('/tmp/malgeul-pwned', 'w')", "document.damaged"),
        ("import socket; socket.create_connection(('127.0.0.1', 9))", "document.damaged"),
        ("import subprocess; subprocess.run(['true'])", "document.damaged"),
        ("import os; os.unlink('/tmp/nothing')", "document.damaged"),
    ],
)
@LINUX
def test_what_a_parser_may_not_do(tmp_path: Path, body: str, code: str) -> None:
    """faults: D56, D63"""
    reader = DocumentReader(within_s=60.0, command=misbehaving(tmp_path, body + "\n"))
    try:
        assert code_of(reader, made(tmp_path, "a.txt", b"x")) == code
        assert not Path("/tmp/malgeul-pwned").exists()
    finally:
        reader.close()


@LINUX
def test_no_network_even_around_python(tmp_path: Path) -> None:
    """A library's own code opens sockets without Python knowing: the kernel has none for it."""
    body = """
    import ctypes, struct
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.socket(2, 1, 0)
    port = int(open(%r).read())
    address = struct.pack("=HH4s8x", 2, ((port & 255) << 8) | (port >> 8), bytes((127, 0, 0, 1)))
    reached = fd >= 0 and libc.connect(fd, address, 16) == 0
    from desktop.services.documents.parsers.building import TextBuilder
    builder = TextBuilder("txt"); builder.text("reached" if reached else "cut off")
    extracted = builder.build()
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = made(tmp_path, "port", str(server.getsockname()[1]).encode())
        reader = DocumentReader(within_s=60.0, command=misbehaving(tmp_path, body % str(port)))
        try:
            text = reader.read(made(tmp_path, "a.txt", b"x"))[0].text
        finally:
            reader.close()
    if os.path.exists("/proc/sys/user/max_user_namespaces") and text == "reached\n":
        pytest.skip("the kernel does not let this user make a network of its own")
    assert text == "cut off\n"


def test_a_file_that_changes_is_noticed(tmp_path: Path) -> None:
    """faults: D62"""
    path = made(tmp_path, "a.txt", b"before")
    body = f"""
    import ctypes
    libc = ctypes.CDLL(None)
    from desktop.services.documents.parsers.building import TextBuilder
    builder = TextBuilder("txt"); builder.text("x"); extracted = builder.build()
    import time
    while open({str(path)!r}).read() == "before":
        time.sleep(0.01)
    """
    reader = DocumentReader(within_s=60.0, command=misbehaving(tmp_path, body))
    import threading

    changer = threading.Timer(1.5, lambda: path.write_bytes(b"after!"))
    changer.start()
    try:
        assert code_of(reader, path) == "document.changing"
    finally:
        changer.join()
        reader.close()


def test_closed_while_it_reads(tmp_path: Path) -> None:
    import threading

    body = "import time; time.sleep(600)\n"
    reader = DocumentReader(within_s=60.0, command=misbehaving(tmp_path, body))
    closer = threading.Timer(1.5, reader.close)
    closer.start()
    assert code_of(reader, made(tmp_path, "a.txt", b"x")) in ("document.crashed", "document.parser")
    closer.join()


def test_a_page_as_a_picture_with_its_passage(reader: DocumentReader, tmp_path: Path) -> None:
    path = made(tmp_path, "a.pdf", files.pdf("First page.", f"Some words\n{files.ENGLISH}"))
    page = reader.render(path, 2, files.ENGLISH)
    assert page.png.startswith(b"\x89PNG")
    assert page.pages == 2
    ((x, y, width, height),) = page.boxes
    assert 0.1 < x < 0.15
    assert 0.05 < y < 0.2
    assert width > 0.2
    assert height < 0.05
    assert reader.render(path, 2, "nothing of the kind stands here").boxes == ()


def test_closed_while_the_process_starts_it_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("text")
    reader = DocumentReader()
    started = []
    make = reader_module._Child

    def made(*arguments: Any) -> Any:
        child = make(*arguments)
        started.append(child)
        reader.close()
        return child

    monkeypatch.setattr(reader_module, "_Child", made)
    with pytest.raises(DocumentError):
        reader.read(path)
    assert [child.process.poll() is not None for child in started] == [True]
