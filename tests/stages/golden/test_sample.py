"""Sets are drawn from files and runs: each with its chance, groups on one side, nothing written over."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from shutil import copyfile

import pytest

from support.scoring import NAME, definition, lost, make_run, said, video_id
from vibekit.cli.main import run as vibekit
from vibekit.core.annotation import Status
from vibekit.core.attribute import Example
from vibekit.core.golden import GoldenSet, Split
from vibekit.core.sampling import Allocation, Method
from vibekit.errors import InputError, UsageError
from vibekit.formats.attribute_text import write_attribute
from vibekit.stages.golden.open import open_golden
from vibekit.stages.golden.plan import PlanConfig, plan
from vibekit.stages.golden.sample import SampleConfig, SampleReport, sample

N = 200


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over 200 videos: 20 predicted true, 10 without an answer; and its definition."""
    folder = tmp_path_factory.mktemp("project")
    answers = [said(n < 20, (0.9 - n / 100) if n < 20 else 0.4 - n / 1000) for n in range(N - 10)]
    make_run(folder / "run", {NAME: [*answers, *[lost(Status.ABSTAIN)] * 5, *[lost(Status.BLOCKED)] * 5]})
    (folder / "attributes").mkdir()
    (folder / "attributes" / f"{NAME}.yaml").write_text(write_attribute(definition()))
    return folder


def _draw(project: Path, out: Path, **options: object) -> tuple[SampleReport, GoldenSet]:
    config = {"run": project / "run", "attributes": (NAME,), "attributes_dir": project / "attributes", **options}
    report = sample(SampleConfig(out=out, **config))  # type: ignore[arg-type]
    return report, open_golden(out)


def _totals(golden: GoldenSet) -> dict[str, float]:
    """Return stratum -> sum of weights: how many videos its own stand for."""
    totals: dict[str, float] = defaultdict(float)
    for item in golden.items.values():
        totals[item.stratum] += 1 / item.inclusion_probability
    return dict(totals)


def test_a_random_draw(project: Path, tmp_path: Path) -> None:
    report, golden = _draw(project, tmp_path / "g", n=50)
    assert (report.drawn, report.population) == (50, N)
    assert {item.inclusion_probability for item in golden.items.values()} == {50 / N}
    assert report.tune == Counter(i.split for i in golden.items.values())[Split.TUNE] == 20
    assert golden.draw["seed"] == 0
    assert golden.attributes[NAME].definition == definition()
    assert golden.warnings == ()
    assert list(_draw(project, tmp_path / "h", n=50)[1].items) == list(golden.items)
    assert list(_draw(project, tmp_path / "i", n=50, seed=1)[1].items) != list(golden.items)


@pytest.mark.parametrize(
    ("options", "totals"),
    [
        ({"by": "label"}, {"no label": 10, "predicted false": 170, "predicted true": 20}),
        (
            {"by": "label", "allocation": Allocation.EQUAL},
            {"no label": 10, "predicted false": 170, "predicted true": 20},
        ),
        ({"by": "language"}, {"de": 100, "en": 100}),
        (
            {"by": "label", "allocation": Allocation.NEYMAN},
            {"no label": 10, "predicted false": 170, "predicted true": 20},
        ),
        ({"by": "probability"}, None),
    ],
)
def test_strata_stand_for_all_of_their_videos(
    project: Path, tmp_path: Path, options: dict[str, object], totals: dict[str, float] | None
) -> None:
    _, golden = _draw(project, tmp_path / "g", n=60, method=Method.STRATIFIED, **options)
    assert len(golden.items) == 60
    found = _totals(golden)
    assert sum(found.values()) == pytest.approx(N)
    assert totals is None or found == pytest.approx(totals)


def test_enriched_for_positives(project: Path, tmp_path: Path) -> None:
    report, golden = _draw(project, tmp_path / "g", n=30, method=Method.ENRICHED, positives=0.4)
    assert {s.name: s.drawn for s in report.strata} == {"no label": 2, "predicted false": 16, "predicted true": 12}
    assert _totals(golden) == pytest.approx({"no label": 10, "predicted false": 170, "predicted true": 20})


def test_uncertain_videos_come_more_often_and_none_never(project: Path, tmp_path: Path) -> None:
    report, golden = _draw(project, tmp_path / "g", n=40, method=Method.UNCERTAIN)
    assert len(golden.items) == 40
    near, far = video_id(19), video_id(0)
    chances = {k: i.inclusion_probability for k, i in golden.items.items()}
    assert 0 < report.lowest_probability == min(chances.values()) < 40 / N
    # over many seeds every video turns up, the near ones more often
    seen = Counter(
        k for s in range(60) for k in _draw(project, tmp_path / f"s{s}", n=40, method=Method.UNCERTAIN, seed=s)[1].items
    )
    assert len(seen) == N
    assert seen[near] > seen[far]


def test_creators_stay_on_one_side(project: Path, tmp_path: Path) -> None:
    report, golden = _draw(project, tmp_path / "g", n=80, group_by="creator", tune_share=0.5)
    assert report.groups == 7
    sides = defaultdict(set)
    for item in golden.items.values():
        sides[item.group].add(item.split)
    assert all(len(some) == 1 for some in sides.values())
    assert report.tune > 0 < report.test


def test_examples_of_the_definition_are_not_drawn(project: Path, tmp_path: Path) -> None:
    examples = tuple(
        Example(video=name, label=True, why="seen") for name in (video_id(3), "v4.mp4", "old/place/v5.mp4")
    )
    folder = tmp_path / "defs"
    folder.mkdir()
    (folder / f"{NAME}.yaml").write_text(write_attribute(definition(examples=examples)))
    report, golden = _draw(project, tmp_path / "g", n=500, attributes_dir=folder)
    assert report.left_out == {"named by the definition": 3}
    assert report.drawn == N - 3
    assert not {video_id(3), video_id(4), video_id(5)} & golden.items.keys()
    assert "another definition" in report.warnings[0]
    assert "only 197" in report.warnings[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "label"}, "--by does not go with --method random"),
        ({"positives": 0.5}, "--positives does not go with"),
        ({"method": Method.STRATIFIED}, "--method stratified needs --by"),
        ({"method": Method.ENRICHED, "run": None, "sources": ("x",)}, "needs --run"),
        ({"tune_share": 1.0}, "--tune-share 1"),
        ({"on": "other", "method": Method.UNCERTAIN}, "--on other"),
        ({"attributes": ()}, "no attribute to rate"),
    ],
)
def test_options_that_contradict_each_other(
    project: Path, tmp_path: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        _draw(project, tmp_path / "g", **options)
    assert not (tmp_path / "g").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": Method.STRATIFIED, "by": "langauge"}, "--by langauge: no video has a value"),
        ({"group_by": "serie"}, "--group-by serie: no video"),
        ({"method": Method.STRATIFIED, "by": "creator", "n": 3}, "7 strata and only 3 videos"),
        ({"attributes": ("calming",), "method": Method.ENRICHED}, "the run finds no video calming"),
        ({"attributes": ("calming",), "method": Method.UNCERTAIN}, "no probabilities for calming"),
    ],
)
def test_what_is_not_there(project: Path, tmp_path: Path, options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        _draw(project, tmp_path / "g", **options)
    assert not (tmp_path / "g").exists()


def test_a_set_is_never_written_over(project: Path, tmp_path: Path) -> None:
    _, first = _draw(project, tmp_path / "g", n=10)
    (tmp_path / "g" / "ratings.jsonl").write_text("{}\n")
    with pytest.raises(InputError, match="there is a golden set already, with ratings"):
        _draw(project, tmp_path / "g", n=20)
    report, second = _draw(project, tmp_path / "g", n=20, force=True)
    assert (len(first.items), len(second.items)) == (10, 20)
    assert (Path(report.aside) / "ratings.jsonl").read_text() == "{}\n"
    assert len(Path(report.aside, "items.csv").read_text().splitlines()) == 11
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("")
    with pytest.raises(InputError, match="not empty and not a golden set"):
        _draw(project, tmp_path / "mine", force=True)


@pytest.fixture
def files(tmp_path: Path, small_clips: Path) -> Path:
    """Three videos under six names, one broken file, and a table."""
    folder = tmp_path / "clips"
    folder.mkdir()
    for n, name in enumerate(("calm", "busy", "silent", "calm", "busy", "silent")):
        copyfile(small_clips / f"{name}.mp4", folder / f"{n}.mp4")
    (folder / "9.mp4").write_bytes(b"no video")
    (folder / "metadata.csv").write_text(
        "file,creator,show\n" + "".join(f"{n}.mp4,c{n % 3},s{n % 2}\n" for n in range(6))
    )
    return folder


def test_from_files_a_video_counts_once_and_broken_ones_are_left_out(files: Path, tmp_path: Path) -> None:
    config = SampleConfig(out=tmp_path / "g", attributes=("calming",), sources=(str(files),), workers=1)
    report = sample(config)
    golden = open_golden(tmp_path / "g")
    assert (report.drawn, report.population) == (3, 7)
    assert report.left_out == {"copies of another file": 3, "cannot be decoded": 1}
    assert {Path(item.path).name for item in golden.items.values()} == {"0.mp4", "1.mp4", "2.mp4"}
    assert {item.inclusion_probability for item in golden.items.values()} == {1.0}
    assert {item.columns["show"] for item in golden.items.values()} == {"s0", "s1"}


def test_a_stratum_without_a_usable_file_is_said(files: Path, tmp_path: Path) -> None:
    (files / "metadata.csv").write_text("file,show\n0.mp4,a\n1.mp4,a\n2.mp4,a\n9.mp4,b\n")
    config = SampleConfig(
        out=tmp_path / "g", attributes=("calming",), sources=(str(files),), workers=1, n=4,
        method=Method.STRATIFIED, by="show",
    )  # fmt: skip
    report = sample(config)
    assert any("nothing could be drawn from stratum 'b' (1 files" in warning for warning in report.warnings)


def test_plan() -> None:
    found = plan(PlanConfig(precision=0.85, recall=0.78, prevalence=0.3, delta=0.05, tune_share=0.5))
    assert found.needed is not None
    assert found.needed_test is not None
    assert found.needed == 2 * found.needed_test
    row = next(row for row in found.rows if row.n == found.needed)
    assert row.detectable == pytest.approx(0.05, abs=0.001)
    assert row.positives == pytest.approx(0.3 * row.test)
    widths = [row.half_width for row in found.rows]
    assert widths == sorted(widths, reverse=True)
    # an enriched set of a rare attribute holds more true videos
    rare = plan(PlanConfig(prevalence=0.02, positives=0.5))
    assert rare.rows[0].positives > 10 * plan(PlanConfig(prevalence=0.02)).rows[0].positives
    with pytest.raises(UsageError, match="--delta 0"):
        plan(PlanConfig(delta=0))


def test_the_commands(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    out = str(tmp_path / "g")
    assert vibekit(["golden", "sample", "--run", "run", "-a", NAME, "-n", "30", "--by", "label", "--out", out]) == 0
    said_ = capsys.readouterr()
    assert "30 of 200 drawn: 12 to tune, 18 to test" in said_.out
    assert "vibekit golden label" in said_.err
    assert vibekit(["golden", "sample", "--run", "run", "-a", NAME, "--out", out, "--json"]) == 3
    assert "already" in json.loads(capsys.readouterr().out)["errors"][0]["message"]
    assert vibekit(["golden", "sample", "--plan", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["data"]["needed"] > 1000
    assert vibekit(["golden", "sample", "-a", NAME, "--out", out]) == 2
    table = tmp_path / "t.csv"
    table.write_text(
        f"video,attribute,label,rater\n{next(iter(open_golden(Path(out)).items))},{NAME},1,ann\nx,{NAME},1,ann\n"
    )
    capsys.readouterr()
    assert vibekit(["golden", "import", str(table), "--out", out, "--json"]) == 6
    data = json.loads(capsys.readouterr().out)
    assert (data["data"]["events"], data["data"]["unmatched"], data["status"]) == (1, ["x"], "partial")
    long = str(tmp_path / "long.csv")
    assert vibekit(["golden", "export", out, "--out", long]) == 0
    assert "30 videos, 1 events, 0 labels" in capsys.readouterr().out


def test_a_side_without_a_video_is_said(project: Path, tmp_path: Path) -> None:
    report, _ = _draw(project, tmp_path / "g", n=1, tune_share=0.4)
    assert [w for w in report.warnings if "no video is on the" in w] != []
    report, _ = _draw(project, tmp_path / "g2", n=2, tune_share=0)
    assert (report.test, report.warnings) == (2, ())


def test_a_column_that_nobody_filled_in_is_not_suggested_for_itself(files: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no video has a value") as caught:
        sample(SampleConfig(out=tmp_path / "g", sources=(str(files),), attributes=("calming",), group_by="language"))
    assert "--metadata FILE" in caught.value.hint
