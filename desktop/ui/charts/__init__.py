"""What the machine does, drawn: pyqtgraph is imported when the first chart is shown."""
