"""Connects views with the backend: capture, library, playback, files.  GUI thread only."""
