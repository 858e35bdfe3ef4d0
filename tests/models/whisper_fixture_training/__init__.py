"""Makes the Whisper fixture model: synthetic speech, training, conversion, evaluation.

Runs in an environment of its own with torch (see `tests/models/train`); nothing here is imported
by tests or by the application.
"""
