"""The parts of the main window.  GUI thread only; they see events, records and commands."""
