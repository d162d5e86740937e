"""The small model that learns from a teacher: heads, training, runtimes."""
