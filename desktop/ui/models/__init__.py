"""What lists show: Qt models over records and events.  GUI thread only."""
