"""From a video to a vector: one module an embedder, and a table of them."""
