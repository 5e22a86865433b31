"""Rows to train on, made from a manual, from confirmed transcripts and from support tickets."""
