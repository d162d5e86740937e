"""The chain as commands: what is typed for the demo, and what is typed for a folder of one's own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One stage.

    Attributes:
        title: What it is for.
        here: As typed in the folder of the demo.
        yours: As typed in a project of one's own, with videos in ``videos/``.
        writes: What it writes.
    """

    title: str
    here: str
    yours: str
    writes: str


COMMANDS: dict[str, Command] = {
    "define": Command(
        title="Say in words what is judged",
        here="vibekit attributes check calming energetic",
        yours="vibekit attributes new slow_living",
        writes="attributes/",
    ),
    "annotate": Command(
        title="Let an annotator judge a sample",
        here="vibekit annotate sample.csv -a calming -a energetic --annotator signals --out runs/demo",
        yours="vibekit annotate videos/ -a calming -a energetic --max-cost 5 --out runs/r1",
        writes="runs/demo/",
    ),
    "score": Command(
        title="Hold the labels against what people say",
        here="vibekit score runs/demo --golden golden.csv --out reports/demo",
        yours="vibekit score runs/r1 --golden golden/g1 --min-f1 calming=0.75",
        writes="reports/demo/report.html",
    ),
    "embed": Command(
        title="Turn every video into a vector",
        here="vibekit embed clips/ --embedder av --out embeddings/demo",
        yours="vibekit embed videos/ --embedder av+effnet-lite0 --out embeddings/e1",
        writes="embeddings/demo/",
    ),
    "distill": Command(
        title="Teach a small student",
        here="vibekit distill runs/demo --embeddings embeddings/demo --golden golden.csv --head linear --cv 5 --force "
        "--out students/demo",
        yours="vibekit distill runs/r1 --embeddings embeddings/e1 --golden golden/g1 --out students/s1",
        writes="students/demo/MODEL_CARD.md",
    ),
    "predict": Command(
        title="Let the student label everything",
        here="vibekit predict students/demo --embeddings embeddings/demo --out labels/demo",
        yours="vibekit predict students/s1 --embeddings embeddings/e1 --out labels/l1",
        writes="labels/demo/",
    ),
    "index": Command(
        title="Build an index that knows the labels",
        here="vibekit index build embeddings/demo --labels labels/demo --metadata clips/metadata.csv "
        "--out indexes/demo",
        yours="vibekit index build embeddings/e1 --labels labels/l1 --out indexes/i1",
        writes="indexes/demo/",
    ),
    "search": Command(
        title="Search among those that carry an attribute",
        here="vibekit index search indexes/demo --id clips/dance.mp4 --restrict calming -k 6",
        yours="vibekit index search indexes/i1 --video videos/one.mp4 --restrict 'calming & !energetic' "
        "--html found.html",
        writes="",
    ),
}
"""Stage -> its commands, in order."""
