"""``vibekit embed``: from videos, or vectors of your own, to embeddings."""

from vibekit.stages.embed.command import embed
from vibekit.stages.embed.config import EmbedConfig, EmbedReport, ImportConfig
from vibekit.stages.embed.export import export_parquet
from vibekit.stages.embed.imported import import_vectors

__all__ = ["EmbedConfig", "EmbedReport", "ImportConfig", "embed", "export_parquet", "import_vectors"]
