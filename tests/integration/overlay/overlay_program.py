"""The overlay as a program that tests steer: one JSON command a line in, one JSON answer out."""

from __future__ import annotations

import json
import sys
from typing import Any

from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication

from desktop.events import HypothesisUpdated, SessionStarted, Track, Word, WordsCommitted
from desktop.settings import OverlaySettings
from desktop.ui.hotkeys import GlobalHotkeys
from desktop.ui.overlay import OverlayWindow


def _words(text: str) -> tuple[Word, ...]:
    return tuple(Word(f" {part}", 0.0, 0.3, 0.9) for part in text.split())


class Program:
    def __init__(self, app: QApplication, settings: OverlaySettings) -> None:
        self._app = app
        self.hotkeys = GlobalHotkeys()
        self.hotkeys.activated.connect(lambda name: self.answer(hotkey=name))
        self._new_overlay(settings)

    def _new_overlay(self, settings: OverlaySettings) -> None:
        self.settings = settings
        self.saves = 0
        self.overlay = OverlayWindow(settings)
        self.overlay.settings_changed.connect(self._count_save)

    def _count_save(self) -> None:
        self.saves += 1

    def answer(self, **fields: Any) -> None:
        print(json.dumps(fields, ensure_ascii=False), flush=True)

    def read(self, *_: object) -> None:
        line = sys.stdin.readline()
        if not line:
            self._app.quit()
            return
        command = json.loads(line)
        self.answer(**getattr(self, "do_" + command.pop("do"))(**command))

    def do_words(self, text: str, track: str = "mic", at_s: float = 0.0) -> dict[str, Any]:
        event = WordsCommitted(Track(track), at_s, at_s, text, _words(text), "ko")
        self.overlay.handle_event(event)
        return {}

    def do_partial(self, text: str, track: str = "mic", at_s: float = 0.0) -> dict[str, Any]:
        event = HypothesisUpdated(Track(track), at_s, at_s, text, _words(text), "ko")
        self.overlay.handle_event(event)
        return {}

    def do_clear(self) -> dict[str, Any]:
        self.overlay.handle_event(SessionStarted("s", "t", (Track.MIC,), 0.0))
        return {}

    def do_show(self) -> dict[str, Any]:
        self.overlay.show()
        return {"window": int(self.overlay.winId())}

    def do_hide(self) -> dict[str, Any]:
        self.overlay.hide()
        return {}

    def do_new(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Starts over with a fresh overlay and no hotkeys."""
        self.overlay.close()
        self.overlay.deleteLater()
        self.hotkeys.apply({})
        self._new_overlay(OverlaySettings.model_validate(settings))
        return {}

    def do_settings(self, **changes: Any) -> dict[str, Any]:
        for name, value in changes.items():
            setattr(self.settings, name, value)
        self.overlay.apply_settings()
        return {}

    def do_grab(self, on: bool) -> dict[str, Any]:
        self.overlay.set_grabbed(on)
        return {}

    def do_hotkeys(self, chords: dict[str, str]) -> dict[str, Any]:
        problems = self.hotkeys.apply(chords)
        return {"problems": {p.action: p.message for p in problems}}

    def do_state(self) -> dict[str, Any]:
        rect = self.overlay.geometry()
        return {
            "box": [rect.x(), rect.y(), rect.width(), rect.height()],
            "grabbed": self.overlay.grabbed,
            "still": self.overlay._motion.settled and self.overlay._motion.strength == 1.0,
            "active": self.overlay.isActiveWindow(),
            "saves": self.saves,
            "settings": self.settings.model_dump(mode="json"),
            "screens": [screen.name() for screen in self._app.screens()],
        }


def main() -> None:
    app = QApplication(sys.argv)
    app.setQuitOnLastWindowClosed(False)
    settings = OverlaySettings.model_validate_json(sys.argv[1] if len(sys.argv) > 1 else "{}")
    program = Program(app, settings)
    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(program.read)
    program.answer(ready=True)
    app.exec()
    notifier.setEnabled(False)
    program.hotkeys.close()
    program.overlay.close()
    del program  # widgets must go before the application object


if __name__ == "__main__":
    main()
