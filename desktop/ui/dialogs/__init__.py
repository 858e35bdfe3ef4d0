"""Dialogs: settings, models, about, welcome.  GUI thread only."""
