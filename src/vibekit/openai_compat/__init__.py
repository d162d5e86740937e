"""The one place that knows the openai package: asking any server that speaks its protocol, and what failures mean."""
