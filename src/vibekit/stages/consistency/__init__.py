"""How far answers hold: a run asked again, and the same videos with less to go by."""
