"""``vibekit predict``: labels for any number of embeddings."""

from vibekit.stages.predict.command import predict
from vibekit.stages.predict.config import Engine, PredictConfig

__all__ = ["Engine", "PredictConfig", "predict"]
