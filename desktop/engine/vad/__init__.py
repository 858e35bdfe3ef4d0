"""Where in the sound somebody speaks."""
