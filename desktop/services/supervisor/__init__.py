"""Starting, watching, restarting and stopping the local servers."""
