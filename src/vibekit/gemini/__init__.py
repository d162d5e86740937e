"""The one place that knows google.genai: connecting, asking, uploading, and what its failures mean."""
