"""Runs benchmarks and keeps what they say in ``bench.json``: ``make bench``, or ``python -m benchmarks bulk faults``.

Sample clips come from ``VIBEKIT_BENCH_DATA``, the loopback server from ``VIBEKIT_BENCH_TOOLS``; what lacks either is
skipped, and said so. One benchmark run alone leaves the entries of the others as they are.
"""

from __future__ import annotations

import argparse
import os
from importlib import import_module
from pathlib import Path

from benchmarks.options import Options, Skipped
from benchmarks.results import FILE, keep

NAMES = (
    "startup",
    "main_job",
    "decode",
    "bulk",
    "faults",
    "limits",
    "score",
    "predict",
    "retrieval",
    "retrieval_growth",
    "retrieval_real",
)
"""Modules with ``run(options)``, which returns what is kept, and ``show(result)``, which prints it."""


LONG = ("retrieval", "retrieval_growth")
"""Run only when they are named: half an hour each, and many gigabytes."""


def main() -> None:
    """Measure what was named, or everything; print; write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{', '.join(NAMES)}; none named: all but {', '.join(LONG)}"
    )
    parser.add_argument("--quick", action="store_true", help="a smoke run: few videos, figures that mean less")
    parser.add_argument("--n", type=int, help="videos of the largest run")
    parser.add_argument("--docs", type=Path, help="folder of pages, to write tables and plots into")
    parser.add_argument("--engines", help="of the retrieval benchmark: peers by name, with commas; default: all")
    given = parser.parse_args()
    unknown = sorted(set(given.names) - set(NAMES))
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are: {', '.join(NAMES)}")
    peers = tuple(given.engines.split(",")) if given.engines else ()
    options = Options(quick=given.quick, n=given.n, docs=given.docs, engines=peers)
    for name in given.names or [name for name in NAMES if name not in LONG]:
        module = import_module(f"benchmarks.{name}")
        print(f"== {name} (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)", flush=True)
        try:
            result = module.run(options)
        except Skipped as reason:
            print(f"skipped: {reason}", flush=True)
            continue
        module.show(result)
        keep(name, {**result, "quick": options.quick})
        print(f"written: {FILE}", flush=True)


if __name__ == "__main__":
    main()
