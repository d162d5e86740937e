"""Build, change, search and check a retrieval index."""
