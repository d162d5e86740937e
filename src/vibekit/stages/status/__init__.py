"""``vibekit status``: what is stale, unfinished or damaged, and the command that mends it.

Only manifests and the sizes of files are read. ``find`` looks for folders, each module named after a part says how one
stands, ``follow`` hands staleness on to what was made from it, ``command`` is the whole.
"""

from vibekit.stages.status.command import StatusConfig, status

__all__ = ["StatusConfig", "status"]
