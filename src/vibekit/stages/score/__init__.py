"""``vibekit score``: how good labels are against a golden set."""

from vibekit.stages.score.binary_score import score_arrays
from vibekit.stages.score.command import score
from vibekit.stages.score.config import Bound, Decision, GateRule, ScoreConfig, SplitChoice

__all__ = ["Bound", "Decision", "GateRule", "ScoreConfig", "SplitChoice", "score", "score_arrays"]
