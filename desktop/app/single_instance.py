"""One window per data directory: a second start brings the first one to the front (faults: P13)."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_TIMEOUT_MS = 1_000
_STARTING_TRIES = 15  # the other one listens a moment after it opened the transcripts
_STARTING_PAUSE_S = 0.2
_MAX_CALL_BYTES = 1 << 20
_SOCKET = "window.socket"
_MAX_ADDRESS_BYTES = 100  # Unix sockets have room for little more


class SingleInstance(QObject):
    """Claims the data directory `root`, or calls whoever has it.

    Signals:
        show_requested: another start asks for the window.
        files_requested: another start brings files, as a list of paths.
    """

    show_requested = Signal()
    files_requested = Signal(list)

    def __init__(self, root: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = _address(root)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connected)

    def call_running(self, files: Sequence[Path] = ()) -> bool:
        """Asks a running window to come to the front and take files; False when there is none."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_TIMEOUT_MS):
            return False
        call = json.dumps({"open": [str(path.absolute()) for path in files]})
        socket.write(call.encode() + b"\n")
        socket.waitForBytesWritten(_TIMEOUT_MS)
        socket.disconnectFromServer()
        return True

    def call_starting(self, files: Sequence[Path] = ()) -> bool:
        """`call_running` for a start at the same moment, which has the transcripts first."""
        for _ in range(_STARTING_TRIES):
            if self.call_running(files):
                return True
            time.sleep(_STARTING_PAUSE_S)
        return False

    def claim(self) -> bool:
        """Listens for later starts.  What a crashed run left behind is removed first."""
        if self._server.listen(self._name):
            return True
        QLocalServer.removeServer(self._name)
        return self._server.listen(self._name)

    def release(self) -> None:
        self._server.close()

    @Slot()
    def _on_connected(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(self._on_ready_read)
            self.show_requested.emit()
            self._take(socket)  # what it said may have come with it

    @Slot()
    def _on_ready_read(self) -> None:
        socket = self.sender()  # a closure over it would keep this object alive in its destructor
        if isinstance(socket, QLocalSocket):
            self._take(socket)

    def _take(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > _MAX_CALL_BYTES:
                socket.abort()
            return
        try:
            call = json.loads(bytes(socket.readLine().data()))
            files = [Path(str(path)) for path in call["open"]]
        except (ValueError, KeyError, TypeError):
            return  # an older version's call: the window has come to the front already
        if files:
            self.files_requested.emit(files)


def _address(root: Path) -> str:
    """In the data directory, where nobody else can take the place first.

    By Qt's default it would lie in the folder for temporary files; so it does only where the data
    directory's path is too long for a socket's.
    """
    own = str(root.absolute() / _SOCKET)
    if sys.platform != "win32" and len(own.encode()) <= _MAX_ADDRESS_BYTES:
        return own
    return f"malgeul-{hashlib.sha256(str(root).encode()).hexdigest()[:16]}"
