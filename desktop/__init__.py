"""Malgeul (말글): live captions, keywords and document answers on your own machine."""

__version__ = "0.1.0"
