"""The browser mirror: the live meeting, keywords, passages and answers over HTTP and WebSocket."""
