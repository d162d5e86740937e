"""Things that run at the same time: retries, budgets, bounded queues."""
