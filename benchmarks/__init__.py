"""Measurements of vibekit against its peers; ``make bench`` runs them all."""
