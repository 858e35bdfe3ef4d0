"""``malgeul models``: the recognition models on this machine."""

from __future__ import annotations

import click


@click.group(short_help="List, fetch, import and remove recognition models.")
def models() -> None:
    """List, fetch, import and remove recognition models."""
