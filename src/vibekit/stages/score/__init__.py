"""``vibekit score``: how good labels are against a golden set."""

from vibekit.core.scoring import Bound, Decision, SplitChoice
from vibekit.stages.score.binary_score import score_arrays
from vibekit.stages.score.command import score
from vibekit.stages.score.config import GateRule, ScoreConfig

__all__ = ["Bound", "Decision", "GateRule", "ScoreConfig", "SplitChoice", "score", "score_arrays"]
