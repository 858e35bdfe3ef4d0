"""What speaks to the local servers: language model, embeddings, vectors, cache."""
