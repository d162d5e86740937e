"""Runs every benchmark and writes ``bench.json``: ``python -m benchmarks`` or ``make bench``.

Clips come from ``VIBEKIT_BENCH_DATA``, the loopback server from ``VIBEKIT_BENCH_TOOLS``; without them their part is
skipped, and said so.
"""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import decode, main_job, startup

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Measure, print a summary, write the file."""
    data = Path(os.environ.get("VIBEKIT_BENCH_DATA", str(ROOT.parent / "shared" / "data")))
    tools = Path(os.environ.get("VIBEKIT_BENCH_TOOLS", str(ROOT.parent / "shared" / "tools")))
    result: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"python": platform.python_version(), "cpu": platform.machine(), "cores": os.cpu_count()},
        "startup": startup.run(),
        "main_job": None,
        "decode": None,
    }
    print(f"start-up: {result['startup']['ratio_of_minima']}x python -c pass (aim: at most 9)", flush=True)
    server = tools / "fake_gemini.py"
    if server.is_file() and (data / "videos.csv").is_file():
        result["main_job"] = main_job.run(data, server)
        print(f"main job: {json.dumps(result['main_job'], indent=2)}", flush=True)
    else:
        print(f"main job: skipped, no {server} or no videos.csv in {data} (VIBEKIT_BENCH_TOOLS, VIBEKIT_BENCH_DATA)")
    if (data / "decode").is_dir():
        result["decode"] = decode.run(data)
        decode.show(result["decode"])
    else:
        print(f"decoding: skipped, no clips in {data} (set VIBEKIT_BENCH_DATA)")
    Path("bench.json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print("written: bench.json")


if __name__ == "__main__":
    main()
