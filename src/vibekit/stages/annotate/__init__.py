"""``vibekit annotate``: videos in, one honest outcome per file and attribute out.

Read in this order: ``config`` (what is asked for, what comes back), ``inspect`` (identity and probe), ``plan`` (which
calls are left to make), ``ask`` (one call to its end), ``execute`` (many calls at once), ``folder`` (the run on disk),
``finish`` (the table), ``command`` (the whole).
"""

from vibekit.stages.annotate.command import annotate
from vibekit.stages.annotate.config import AnnotateConfig, AnnotateReport, Failure

__all__ = ["AnnotateConfig", "AnnotateReport", "Failure", "annotate"]
