"""Flaggers that ask a model: a language model as judge, an NLI cross-encoder, a token classifier.

Each is optional, runs where `[flags]` names a model for it, and implements the hook that third parties use. They judge finished
answers only: what they cost is too much to spend sentence by sentence.
"""
