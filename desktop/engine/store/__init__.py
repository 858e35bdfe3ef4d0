"""Transcripts on disk: kept, searched, edited, backed up and exported."""

from desktop.engine.store.backup import BackupRecord, list_backups, restore_backup
from desktop.engine.store.folders import remove_session_folder
from desktop.engine.store.salvage import Salvaged, begin_anew
from desktop.engine.store.store import TranscriptStore

__all__ = [
    "BackupRecord",
    "Salvaged",
    "TranscriptStore",
    "begin_anew",
    "list_backups",
    "remove_session_folder",
    "restore_backup",
]
