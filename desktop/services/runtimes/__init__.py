"""Separate Python environments for the big servers, and programs fetched with a known hash."""
