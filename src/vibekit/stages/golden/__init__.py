"""Golden sets: drawn, rated, brought in and out, agreed upon and adjudicated."""
