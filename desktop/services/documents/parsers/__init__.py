"""One module a format: bytes in, `Extracted` out.  They run in the limited process only."""
