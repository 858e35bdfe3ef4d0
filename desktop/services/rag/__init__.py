"""Answers from documents: retrieval, reranking, citations, and the server that offers them."""
