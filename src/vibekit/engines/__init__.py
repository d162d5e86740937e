"""How a stage is run over shards: on this machine, or on Ray."""
