"""Keys that work while another window has the focus."""
