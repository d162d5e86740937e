"""Scores: labels held against a golden set."""
