"""The command line: one module a command group, results on stdout, everything else on stderr."""
