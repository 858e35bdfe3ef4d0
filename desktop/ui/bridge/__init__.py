"""All threading of the interface: events in, slow work out.  Nothing else crosses threads."""
