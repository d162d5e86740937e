"""The documents hold: their commands run, their generated parts are current, their links lead somewhere.

``python tests/test_docs.py --write`` brings the generated parts up to date.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.reference import ROOT, documents
from vibekit.core.annotation import ProbabilitySource, Status
from vibekit.errors import ExitCode
from vibekit.formats import annotations as annotations_file
from vibekit.formats import annotations_table, prices, run, videos
from vibekit.stages.annotate.options import AnnotateOptions

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "examples").glob("*/*.md"))]
EXECUTED = (
    "README.md",
    "docs/agreement.md",
    "docs/annotate.md",
    "docs/annotators.md",
    "docs/consistency.md",
    "docs/bulk.md",
    "docs/cache.md",
    "docs/configuration.md",
    "docs/compare.md",
    "docs/distill.md",
    "docs/embed.md",
    "docs/runs.md",
    "docs/score.md",
    "docs/status.md",
    "docs/tutorial.md",
)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NEEDS = re.compile(r"^# needs ", re.MULTILINE)
FILE = re.compile(r"\A# file: (\S+)\n")
NOT_INHERITED = re.compile(r"^(VIBEKIT_|GEMINI_|GOOGLE_|PYTHONPATH$)")


def page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def execute(script: str, folder: Path) -> str:
    """Run a script with the tested vibekit on PATH, no key and no settings; returns what it wrote."""
    env = {k: v for k, v in os.environ.items() if not NOT_INHERITED.search(k)}
    env["VIBEKIT_CACHE_DIR"] = os.environ["VIBEKIT_CACHE_DIR"]
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", "")])
    done = subprocess.run(["bash", "-c", script], cwd=folder, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{script}\n--- stdout\n{done.stdout}\n--- stderr\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which ``vibekit demo`` was run, and ``clips`` with the clips that it made."""
    folder = tmp_path_factory.mktemp("documents")
    execute("vibekit demo -q && cp -rp vibekit-demo/clips clips", folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", EXECUTED)
def test_the_commands_run(name: str, demo: Path, tmp_path: Path) -> None:
    """Write the files that a page shows, and run its ``sh`` blocks in one shell, from top to bottom."""
    folder = Path(shutil.copytree(demo, tmp_path / "work"))
    script = ["set -euo pipefail"]
    for language, body in BLOCK.findall(page(name)):
        if file := FILE.match(body):
            path = folder / file.group(1)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body[file.end() :], "utf-8")
        elif language == "sh" and not NEEDS.search(body):
            script.append(body)
    assert len(script) > 1
    execute("\n".join(script), folder)


@pytest.mark.slow
def test_the_example_runs(demo: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ROOT / "examples" / "annotate", tmp_path / "annotate"))
    shutil.copytree(demo / "vibekit-demo", folder / "work")
    said = execute("./run.sh", folder)
    assert '"requests": 0,' in said
    assert "every label as expected" in said


@pytest.fixture
def chain(demo: Path, tmp_path: Path) -> Path:
    """The example, with the clips of a demo where it would make them."""
    folder = Path(shutil.copytree(ROOT / "examples" / "chain", tmp_path / "chain"))
    shutil.copytree(demo / "vibekit-demo", folder / "work", ignore=shutil.ignore_patterns("*s", "index.html"))
    shutil.copytree(demo / "vibekit-demo" / "clips", folder / "work" / "clips")
    return folder


@pytest.mark.slow
def test_the_chain_as_a_makefile_runs_and_does_nothing_twice(chain: Path) -> None:
    execute("make all", chain)
    assert (chain / "found.html").is_file()
    again = execute("make all", chain)
    assert "everything is current" in again
    assert "112 requests" not in again


@pytest.mark.slow
def test_the_chain_in_ci_stops_at_the_gate(chain: Path) -> None:
    assert "everything is current" in execute("./ci.sh", chain)
    assert json.loads((chain / "found.json").read_text("utf-8"))["data"]["results"]
    for made in ("runs", "students", "labels", "indexes"):
        shutil.rmtree(chain / made)
    execute("GATE=calming=0.99 ./ci.sh || test $? = 7", chain)
    assert not (chain / "students").exists()


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_generated_parts_are_current(path: Path) -> None:
    there = path.read_text("utf-8") if path.exists() else ""
    assert there == documents()[path], "bring it up to date with: python tests/test_docs.py --write"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


def test_every_page_is_linked_from_the_readme() -> None:
    said = page("README.md")
    assert [p.name for p in PAGES if p.parent.name == "docs" and f"(docs/{p.name})" not in said] == []


def test_every_status_exit_code_and_key_is_named() -> None:
    said = page("docs/runs.md")
    assert [code for code in ExitCode if f"| {int(code)} |" not in page("README.md")] == []
    assert [s for s in Status if f"| `{s}` |" not in said] == []
    assert [key for key in annotations_file.SAMPLE if f'"{key}": ' not in said] == []


def test_the_formats_are_described_key_by_key() -> None:
    said = page("docs/runs.md")
    keys = [
        *annotations_file.SAMPLE,
        *videos.SAMPLE,
        *run.RunFile.__dataclass_fields__,
        *annotations_table.SCHEMA.names,
    ]
    assert [key for key in dict.fromkeys(keys) if f"`{key}`" not in said] == []
    assert [source for source in ProbabilitySource if f"`{source}`" not in said] == []


def test_every_option_is_explained() -> None:
    said = page("docs/annotate.md")
    own = [
        "attribute",
        "out",
        "metadata",
        "root",
        "limit",
        "dry_run",
        "force",
        "attributes_dir",
        "config",
        "quiet",
        "json",
    ]
    flags = [f"--{name.replace('_', '-')}" for name in (*AnnotateOptions.__dataclass_fields__, *own)]
    assert [flag for flag in flags if not re.search(rf"`{flag}[`/ ]", said)] == []


def test_every_option_of_embed_is_explained() -> None:
    from vibekit.formats import embeddings, embeddings_shard
    from vibekit.formats.embedding_space import space_from_row
    from vibekit.stages.embed.options import EmbedOptions

    said = page("docs/embed.md")
    own = ["out", "vectors", "ids", "id_column", "vector_column", "binary", "normalise", "option", "metadata", "root"]
    more = ["retry_failed", "limit", "engine", "ray_address", "export", "force", "config", "quiet", "json"]
    flags = [f"--{name.replace('_', '-')}" for name in (*EmbedOptions.__dataclass_fields__, *own, *more)]
    assert [flag for flag in flags if not re.search(rf"`[^`]*{flag}[`/ ]", said)] == []
    keys = [*embeddings.SAMPLE, *embeddings.SAMPLE["space"], *embeddings.SAMPLE["space"]["blocks"][0]]
    columns = embeddings_shard.schema_of(space_from_row(embeddings.SAMPLE["space"])).names
    assert [key for key in dict.fromkeys([*keys, *columns]) if f"`{key}`" not in said] == []


def test_the_price_table_is_the_shipped_one() -> None:
    said = page("docs/gemini.md")
    shipped = prices.load_prices()
    assert shipped.as_of in said
    for model, dated in shipped.models.items():
        for first_day, price in dated:
            since = "" if first_day.startswith("0000") else f" from {first_day}"
            assert f"| `{model}`{since} | {price.input:.2f} | {price.output:.2f} |" in said


if __name__ == "__main__":
    for changed, text in documents().items():
        if "--write" in sys.argv:
            changed.write_text(text, "utf-8")
