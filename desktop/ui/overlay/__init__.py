"""The caption overlay: captions on top of everything, out of the way of the mouse."""
