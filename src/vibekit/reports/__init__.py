"""Reports for people: one HTML file, Markdown, plots."""
