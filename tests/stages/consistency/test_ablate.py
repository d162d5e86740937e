"""Withholding: which conditions there are, what they are asked about, and what their labels say of the source."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from support.modal import NAME, Modal, install, write_copies
from vibekit.annotators.settings import AnnotatorSettings
from vibekit.core.annotation import Answer, Status
from vibekit.core.attribute import Attribute, Kind, Modality
from vibekit.errors import InputError
from vibekit.formats.annotations import SAMPLE, from_row
from vibekit.formats.check_report import read_check
from vibekit.stages.annotate import AnnotateConfig
from vibekit.stages.annotate.options import AnnotateOptions, AnnotateRequest
from vibekit.stages.consistency.ablate import AblateReport, ablate
from vibekit.stages.consistency.agreement import rate
from vibekit.stages.consistency.checks import AblateConfig, ablate_config
from vibekit.stages.consistency.compare import Pair
from vibekit.stages.consistency.conditions import conditions_of, withheld
from vibekit.stages.consistency.source import source_of

FRAMES, AUDIO, TEXT = Modality.FRAMES, Modality.AUDIO, Modality.TEXT
ALL = frozenset(Modality)


def attribute(*modalities: Modality) -> Attribute:
    return Attribute(
        name="calming",
        version=1,
        title="Calming",
        kind=Kind.BINARY,
        question="?",
        definition=".",
        modalities=modalities,
    )


def test_three_modalities_give_seven_conditions() -> None:
    found = conditions_of(attribute(*Modality), (TEXT, AUDIO, FRAMES), {"v": ALL})
    assert list(found.videos) == [
        "full",
        "without-text",
        "only-text",
        "without-audio",
        "only-audio",
        "without-frames",
        "only-frames",
    ]
    assert (found.same, found.skipped) == ({}, {})


def test_conditions_that_show_the_same_are_asked_once() -> None:
    found = conditions_of(attribute(FRAMES, TEXT), (TEXT, FRAMES), {"v": ALL})
    assert list(found.videos) == ["full", "without-text", "only-text"]
    assert found.same == {"without-frames": "only-text", "only-frames": "without-text"}


def test_what_an_attribute_or_the_videos_lack_is_skipped_and_said() -> None:
    found = conditions_of(attribute(FRAMES, TEXT), (TEXT, AUDIO), {"v": ALL})
    assert found.skipped["without-audio"] == "calming is not judged by audio"
    found = conditions_of(attribute(*Modality), (AUDIO,), {"v": frozenset({FRAMES, TEXT})})
    assert found.skipped["only-audio"] == "no video of the sample has audio"
    assert found.videos == {}
    found = conditions_of(attribute(*Modality), (AUDIO,), {"v": frozenset({FRAMES, TEXT})}, audio=False)
    assert set(found.skipped.values()) == {"no sound is sent (--audio sends it)"}
    found = conditions_of(attribute(TEXT), (TEXT,), {"v": ALL})
    assert found.skipped["without-text"] == "text is all there is to judge it by"


def test_a_video_is_asked_about_only_where_it_is_shown_less() -> None:
    videos = {"all": ALL, "silent": frozenset({FRAMES, TEXT}), "bare": frozenset({FRAMES})}
    found = conditions_of(attribute(*Modality), (TEXT, AUDIO), videos)
    assert found.videos["without-audio"] == ("all",)
    assert found.videos["only-text"] == ("all", "silent")
    assert found.videos["full"] == ("all", "silent")


def test_a_condition_names_what_it_hides() -> None:
    assert withheld("full") == ()
    assert withheld("without-audio") == (AUDIO,)
    assert set(withheld("only-text")) == {FRAMES, AUDIO}


@pytest.fixture
def config(tmp_path: Path, small_clips: Path, monkeypatch: pytest.MonkeyPatch) -> AblateConfig:
    """Twelve silent clips whose pictures say true where n is even, and whose titles do for the first six."""
    install(monkeypatch)
    names = [f"v{n:02}{'pic' if n % 2 == 0 else ''}.mp4" for n in range(12)]
    write_copies(small_clips / "silent.mp4", tmp_path / "clips", names)
    titles = tmp_path / "titles.csv"
    rows = [f"{name},{'calm' if n < 6 else 'loud'} video" for n, name in enumerate(names)]
    titles.write_text("\n".join(["path,title", *rows]) + "\n")
    return AblateConfig(
        annotate=AnnotateConfig(
            sources=(str(tmp_path / "clips"),),
            attributes=("calming",),
            metadata=(titles,),
            out=tmp_path / "ablation",
            annotator=NAME,
            settings=AnnotatorSettings(model="modal-1"),
            workers=1,
        ),
        modalities=(FRAMES, AUDIO, TEXT),
    )


def changed(config: AblateConfig, **changes: object) -> AblateConfig:
    return replace(config, annotate=replace(config.annotate, **changes))  # type: ignore[arg-type]


def kept(report: AblateReport) -> dict[str, int]:
    return {name: result.kept.k for name, result in report.attributes["calming"].conditions.items()}


def test_a_label_of_the_picture_is_found_to_come_from_it(config: AblateConfig) -> None:
    report = ablate(config)
    found = report.attributes["calming"]
    assert report.conditions.keys() == {"full", "without-frames", "only-frames"}
    assert kept(report) == {"without-frames": 6, "only-frames": 12, "without-text": 12, "only-text": 6}
    assert found.conditions["only-text"].same_as == "without-frames"
    assert found.skipped.keys() == {"without-audio", "only-audio"}
    assert found.source.text.startswith("the label comes from the picture; without-frames loses 50 % (6 of 12)")
    assert not found.source.words_suffice
    assert found.examples == ()
    assert read_check(config.annotate.out / "ablation.json")["attributes"]["calming"]["labels"] == {
        "false": 6,
        "true": 6,
    }


def test_a_label_of_the_words_is_flagged_with_the_videos_that_show_it(
    config: AblateConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Modal, "order", (TEXT, FRAMES, AUDIO))
    found = ablate(config).attributes["calming"]
    assert found.source.words_suffice
    assert found.source.text.startswith("the label comes from the words; ")
    assert "WARNING: the label can be had from the words about the video alone" in found.source.text
    assert [Path(e.path).name for e in found.examples] == [
        "v01.mp4", "v03.mp4", "v05.mp4", "v06pic.mp4", "v08pic.mp4", "v10pic.mp4",
    ]  # fmt: skip
    assert (found.examples[0].full, found.examples[0].without_text) == ("true", "false")
    assert found.examples[0].rationale_without_text == "by frames: False"


def test_words_that_only_videos_of_one_label_have_do_not_give_it() -> None:
    # always true is right for every video that has words, whatever they say
    said = replace(from_row(SAMPLE), answer=Answer(status=Status.OK, label=True))
    pairs = {"only-text": [Pair(video_id=str(n), first=said, second=said) for n in range(10)]}
    kept = {"only-text": rate(10, 10), "without-text": rate(9, 10)}
    source, _ = source_of({"false": 10, "true": 10}, kept, pairs)
    assert not source.words_suffice
    assert source.text.startswith("no single one of what was withheld decides the label")


def test_what_was_broken_off_before_any_other_condition_tells_nothing() -> None:
    source, _ = source_of({"false": 10, "true": 10}, {"only-text": rate(0, 0), "without-text": rate(0, 0)}, {})
    assert not source.told
    assert "nothing can be told" in source.text


def test_one_label_for_nearly_all_tells_nothing(config: AblateConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Modal, "order", (TEXT, FRAMES))
    named = tuple(str(p) for p in sorted((config.annotate.out.parent / "clips").iterdir())[:7])
    found = ablate(changed(config, sources=named)).attributes["calming"]
    assert found.labels == {"false": 1, "true": 6}
    assert not found.source.told
    assert not found.source.words_suffice


def test_no_label_is_not_the_same_label(config: AblateConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Modal, "order", (FRAMES,))
    found = ablate(config).attributes["calming"]
    result = found.conditions["without-frames"]
    assert (result.kept.k, result.kept.n, result.agreement.labels.n) == (0, 12, 0)
    assert result.agreement.outcomes == {"ok -> abstain": 12}
    assert "loses 100 %" in found.source.text


def test_sound_is_asked_about_where_there_is_some_and_pictures_go_as_frames(
    config: AblateConfig, small_clips: Path
) -> None:
    write_copies(small_clips / "calm.mp4", config.annotate.out.parent / "clips", ["s1snd.mp4", "s2.mp4"])
    report = ablate(config)
    assert report.attributes["calming"].conditions["without-audio"].videos == 2
    assert report.media == "frames"
    assert any("as frames in every condition" in w for w in report.warnings)
    run = json.loads((config.annotate.out / "without-audio" / "run.json").read_text())
    assert (run["settings"]["media"], run["settings"]["withhold"]) == ("frames", ["audio"])


def test_the_same_command_asks_nothing_again(config: AblateConfig) -> None:
    first = ablate(config)
    asked = len(Modal.asked)
    again = ablate(config)
    assert len(Modal.asked) == asked == 36
    assert again.attributes == first.attributes
    assert again.total.requests == 0


def test_a_sample_is_drawn_by_names_and_seed(config: AblateConfig) -> None:
    one = ablate(changed(replace(config, limit=4), dry_run=True))
    assert (one.files, one.drawn, one.videos) == (12, 4, 4)
    assert one.total.calls == 12
    assert one.total.estimate_usd == pytest.approx(0.12)
    assert Modal.asked == []
    assert not config.annotate.out.exists()
    assert ablate(changed(replace(config, share=0.5), dry_run=True)).drawn == 6


def test_money_is_for_all_conditions_together(config: AblateConfig) -> None:
    report = ablate(changed(config, max_cost_usd=0.2))
    assert report.total.stopped == "max-cost"
    assert report.total.spent_usd == pytest.approx(0.2)
    assert kept(report)["only-frames"] == 0
    assert report.attributes["calming"].conditions["without-frames"].kept.n == 8
    done = ablate(changed(config, max_cost_usd=0.5))
    assert done.total.stopped == ""
    assert done.total.spent_usd == pytest.approx(0.16)


def test_a_file_that_cannot_be_judged_is_told(config: AblateConfig) -> None:
    (config.annotate.out.parent / "clips" / "broken.mp4").write_bytes(b"no video")
    report = ablate(config)
    assert [Path(p).name for p in report.unusable] == ["broken.mp4"]
    assert (report.drawn, report.videos) == (13, 12)


@pytest.mark.parametrize("name", ["scripted", "signals"])
def test_an_annotator_that_hides_nothing_is_refused(config: AblateConfig, name: str, tmp_path: Path) -> None:
    rule = tmp_path / "rule.json"
    rule.write_text('{"*": {"calming": true}}')
    with pytest.raises(InputError, match=f"'{name}' cannot withhold") as refused:
        ablate(changed(config, annotator=name, settings=AnnotatorSettings(source=rule)))
    assert "gemini and openai" in refused.value.hint


def test_what_cannot_be_compared_ends_before_anything_is_asked(config: AblateConfig) -> None:
    with pytest.raises(InputError, match="no video of the sample has audio"):
        ablate(replace(config, modalities=(AUDIO,)))
    with pytest.raises(InputError, match="no attribute named"):
        ablate(changed(config, attributes=()))
    config.annotate.out.mkdir()
    (config.annotate.out / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="is not empty and not an ablation"):
        ablate(config)
    assert Modal.asked == []


def test_the_command_line_becomes_a_config() -> None:
    request = AnnotateRequest(sources=("clips",), attributes=("calming",), out=None, ablate=("text", "frames", "text"))
    found = ablate_config(request, AnnotateOptions())
    assert found.modalities == (FRAMES, TEXT)
    assert found.annotate.out == Path("runs/clips-ablation")
    with pytest.raises(InputError, match="'txt' is not known") as unknown:
        ablate_config(replace(request, ablate=("txt",)), AnnotateOptions())
    assert "did you mean 'text'?" in unknown.value.hint
