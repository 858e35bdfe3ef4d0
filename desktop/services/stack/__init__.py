"""The local servers Malgeul knows: one module each, giving a plan for it."""
