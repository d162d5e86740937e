"""``annotate --batch``: questions handed in as jobs, and answers collected from them, whatever happens in between."""
