"""Checks of rows to train on, before anybody pays for training on them."""
