"""What lives behind a port or is a child process.  Never imports the engine or Qt widgets."""
