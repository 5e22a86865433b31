"""Retrieval: a manual is read, cut into passages, indexed and searched; questions are rewritten from their history."""
