"""Shows what is fetched by its bytes: one reporter for models and environments."""

from __future__ import annotations

from desktop.cli.console import ProgressView
from desktop.events import ProgressReported


class ByteProgress:
    """Turns the numbers of one download into what `ProgressView` shows.

    Args:
        view: shows it.
        kind: "model" or "runtime"; keeps tasks of the same name apart.
        name: of what is fetched.
    """

    def __init__(self, view: ProgressView, kind: str, name: str) -> None:
        self._view = view
        self._kind = kind
        self._name = name

    def __call__(self, done_bytes: int, total_bytes: int) -> None:
        """`total_bytes` is 0 while it is not known."""
        self._view(
            ProgressReported(
                f"{self._kind}:{self._name}",
                self._name,
                float(done_bytes),
                float(total_bytes),
                "B",
                finished=done_bytes >= total_bytes > 0,
            )
        )
