"""`python -m desktop`: hands over to the command line; no logic of its own."""

from desktop.cli.main import main

if __name__ == "__main__":
    main()
