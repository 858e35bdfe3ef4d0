"""One meeting, from sound to stored lines.  No Qt; runs the same under the window and without."""
