"""Things that run at the same time: retries, limits, budgets."""
