"""What the machine and the servers do, once a second while somebody looks."""
