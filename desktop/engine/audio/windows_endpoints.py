"""Which sound device is Windows' default now: asked of Windows, for PortAudio's list is old.

Core Audio's device enumerator (mmdeviceapi.h) through ctypes.  Called on a keeper's thread, about
once a second.
"""

from __future__ import annotations

import ctypes
import logging
import sys
import threading
import uuid
from typing import Any

from desktop.events import Track

_log = logging.getLogger(__name__)

_ENUMERATOR_CLASS = "BCDE0395-E52F-467C-8E3D-C4579291692E"
_ENUMERATOR_INTERFACE = "A95664D2-9614-4F35-A746-DE8DB63617E6"
_CLSCTX_ALL = 23
_RENDER, _CAPTURE = 0, 1
_MULTIMEDIA = 1  # the role whose default PortAudio takes, too
# places in the tables of the interfaces
_RELEASE = 2
_GET_DEFAULT_AUDIO_ENDPOINT = 4
_GET_ID = 5

_joined = threading.local()


if sys.platform == "win32":

    def default_endpoint(track: Track) -> str:
        """The identity of the default microphone or, for SYSTEM, of the default output.

        Empty where there is none.
        """
        try:
            return _ask(_RENDER if track is Track.SYSTEM else _CAPTURE)
        except OSError as error:  # that there is no device is told this way, too
            _log.debug("no default endpoint of %s: %s", track, error)
        except Exception:  # noqa: BLE001 - a question that fails must not cost the sound
            _log.exception("Windows was not understood")
        return ""

    def _ask(flow: int) -> str:
        ole32 = ctypes.OleDLL("ole32")
        if not getattr(_joined, "done", False):
            # Kept until the thread ends.  PortAudio may have joined it to COM in its own way.
            ctypes.WinDLL("ole32").CoInitializeEx(None, 0)
            _joined.done = True
        enumerator, device, name = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
        ole32.CoCreateInstance(
            uuid.UUID(_ENUMERATOR_CLASS).bytes_le,
            None,
            _CLSCTX_ALL,
            uuid.UUID(_ENUMERATOR_INTERFACE).bytes_le,
            ctypes.byref(enumerator),
        )
        try:
            _call(
                enumerator,
                _GET_DEFAULT_AUDIO_ENDPOINT,
                ctypes.c_int(flow),
                ctypes.c_int(_MULTIMEDIA),
                ctypes.byref(device),
            )
            _call(device, _GET_ID, ctypes.byref(name))
            return ctypes.wstring_at(name.value) if name.value else ""
        finally:
            ctypes.WinDLL("ole32").CoTaskMemFree(name)
            for one in (device, enumerator):
                if one.value:
                    _call(one, _RELEASE, fails=False)

    def _call(interface: ctypes.c_void_p, place: int, *arguments: Any, fails: bool = True) -> None:
        """Calls a method of a COM interface; a result that is a failure raises `OSError`."""
        table = ctypes.cast(interface, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))[0]
        kinds = [_kind(argument) for argument in arguments]
        result = ctypes.HRESULT if fails else ctypes.c_ulong
        method = ctypes.WINFUNCTYPE(result, ctypes.c_void_p, *kinds)(table[place] or 0)
        method(interface, *arguments)

    def _kind(argument: Any) -> Any:
        return ctypes.c_int if isinstance(argument, ctypes.c_int) else ctypes.c_void_p

else:

    def default_endpoint(track: Track) -> str:
        """Empty: here the sound server is asked, see `pulse_source`."""
        return ""
