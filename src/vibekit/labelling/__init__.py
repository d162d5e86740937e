"""The local page on which raters watch and rate."""
