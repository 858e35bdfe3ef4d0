"""Keywords of what is said.  Never imports the engine or Qt."""
