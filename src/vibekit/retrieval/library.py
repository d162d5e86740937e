"""faiss, imported in one place: its wrapper warns about itself while it is imported."""

from __future__ import annotations

import warnings
from typing import Any

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="builtin type .* has no", category=DeprecationWarning)
    import faiss as _faiss

# its stubs do not know what is reached through pointers
faiss: Any = _faiss
