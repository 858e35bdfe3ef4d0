"""The embedding server.  `program` runs in an environment of its own, with torch."""
