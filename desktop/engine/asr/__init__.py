"""Recognisers, the streaming captioner and the hallucination stack."""
