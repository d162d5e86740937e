"""Runs every benchmark and writes ``bench.json``: ``python -m benchmarks`` or ``make bench``."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import decode, startup

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Measure, print a summary, write the file."""
    data = Path(os.environ.get("VIBEKIT_BENCH_DATA", str(ROOT.parent / "shared" / "data")))
    result: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"python": platform.python_version(), "cpu": platform.machine(), "cores": os.cpu_count()},
        "startup": startup.run(),
    }
    print(f"start-up: {result['startup']['ratio_of_minima']}x python -c pass (aim: at most 9)", flush=True)
    if (data / "decode").is_dir():
        result["decode"] = decode.run(data)
    else:
        result["decode"] = None
        print(f"decoding: skipped, no clips in {data} (set VIBEKIT_BENCH_DATA)")
    Path("bench.json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print("written: bench.json")


if __name__ == "__main__":
    main()
