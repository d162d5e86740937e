"""Who answers. One file a backend, one line in ``table.py``; ``base.py`` is the seam."""
