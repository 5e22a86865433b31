"""Transcripts: one append-only JSONL file a conversation."""
