"""vibekit: from a sentence about a video attribute to trustworthy labels."""

__version__ = "0.1.0"
