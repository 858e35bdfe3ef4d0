"""The graphics card: what it does, and who gets its memory."""
