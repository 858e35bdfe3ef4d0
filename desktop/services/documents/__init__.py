"""Documents: read, cut into chunks, kept in a manifest, brought into the index."""
