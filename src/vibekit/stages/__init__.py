"""One file a verb: takes a config dataclass, returns a report dataclass, knows no terminal."""
