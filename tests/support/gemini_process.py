"""The loopback server as a process: ``python tests/support/gemini_process.py --port-file F --log F [--labels F] …``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

if __name__ == "__main__":
    # As a script, the folder above must be found for the import below.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.gemini_server import GeminiServer


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port-file", type=Path, required=True)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--fault", action="append", default=[], metavar="KIND=RATE")
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--valid-key", action="append", default=[])
    parser.add_argument("--rpm", type=int)
    parser.add_argument("--window", type=float, default=60.0, metavar="S")
    parser.add_argument("--in-flight-limit", type=int)
    options = parser.parse_args()
    rates = {kind: float(rate) for kind, rate in (pair.split("=") for pair in options.fault)}
    labels = json.loads(options.labels.read_text()) if options.labels else {}
    server = GeminiServer(
        labels=labels,
        rates=rates,
        latency_s=options.latency,
        log_path=options.log,
        valid_keys=set(options.valid_key),
        keep_bodies=False,
        rpm=options.rpm,
        window_s=options.window,
        in_flight_limit=options.in_flight_limit,
    )
    with server:
        ready = options.port_file.with_suffix(".tmp")
        ready.write_text(server.url.rsplit(":", 1)[1])
        ready.rename(options.port_file)
        server.stopping.wait()


if __name__ == "__main__":
    main()
