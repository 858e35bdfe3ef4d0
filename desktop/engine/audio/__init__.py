"""Sources, ring, spool and the timeline they share."""
