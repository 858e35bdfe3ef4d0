"""The application's one language model: whichever server has one now, behind one queue."""

from __future__ import annotations

from pathlib import PurePath

from desktop.events import LlmLoad
from desktop.services.clients.openai_model import EndpointProvider, OpenAiModel

SLOTS = 2  # a question need not wait for the keywords that are just being found


class ServerLanguageModel(OpenAiModel):
    """Follows the server: its name is that of the model in force, empty while there is none.

    Args:
        endpoint: where the server is now; None while it is not there.  Called on any thread.
    """

    def __init__(self, endpoint: EndpointProvider) -> None:
        super().__init__("", endpoint, slots=SLOTS)

    @property
    def ready(self) -> bool:
        """A server answers now; it may be gone a moment later."""
        return self.endpoint() is not None

    @property
    def name(self) -> str:
        found = self.endpoint()
        return PurePath(found.model).name if found is not None else ""

    def counted(self) -> LlmLoad | None:
        """What our requests did since the last call; None while there is no server."""
        load = self.load()
        return load if self.ready else None
