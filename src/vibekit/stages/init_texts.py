"""The files that ``vibekit init`` writes beside the definitions and the prompts."""

from __future__ import annotations

SETTINGS = """\
# Settings of this project. What stands here is overruled by VIBEKIT_* variables, and those by flags.
# Keys never go into a file: set GEMINI_API_KEY in the environment.
annotate:
  annotator: gemini
  # model: a fixed model id (an alias may change under your labels)
  # media: auto          # auto, video or frames
  # frames: 16           # pictures a video, when frames are sent
  # samples: 1           # ask so many times and let the answers vote
  # concurrency: 16
  # max_cost: 5.0        # US dollars; stops before more is spent, and the same command goes on later
"""

MAKEFILE = """\
# make annotate VIDEOS=clips ATTRIBUTES="calming cozy" RUN=runs/second
VIBEKIT    ?= vibekit
VIDEOS     ?= videos
ATTRIBUTES ?= {attributes}
RUN        ?= runs/first
GOLDEN     ?= golden/first

.DEFAULT_GOAL := help
.PHONY: help check signals dry-run annotate golden label score

help:  ## print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {{printf "  make %-9s %s\\n", $$1, $$2}}' $(MAKEFILE_LIST)

check:  ## find errors and weaknesses in the definitions
	$(VIBEKIT) attributes check attributes

signals:  ## label with the built-in baseline; no key, no network, no money
	$(VIBEKIT) annotate $(VIDEOS) $(ATTRIBUTES:%=-a %) --annotator signals --out $(RUN)-signals

dry-run: check  ## count calls, tokens and money; ask nothing
	$(VIBEKIT) annotate $(VIDEOS) $(ATTRIBUTES:%=-a %) --out $(RUN) --dry-run

annotate: check  ## label the videos; the same command again resumes and pays for nothing twice
	$(VIBEKIT) annotate $(VIDEOS) $(ATTRIBUTES:%=-a %) --out $(RUN)

golden:  ## draw videos of the run for people to rate
	$(VIBEKIT) golden sample --run $(RUN) $(ATTRIBUTES:%=-a %) -n 300 --out $(GOLDEN)

label:  ## open the page on which people rate them; Ctrl-C ends it
	$(VIBEKIT) golden label $(GOLDEN)

score:  ## how good are the labels? Add a gate: make score GATES="--min-f1 0.75"
	$(VIBEKIT) score $(RUN) --golden $(GOLDEN) $(GATES)

# There is no clean: runs hold answers that were paid for, and golden sets hold people's work.
"""

WORKFLOW = """\
name: vibekit
on: [push, pull_request]
permissions:
  contents: read
jobs:
  definitions:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.11"
      - run: python -m pip install "vibekit=={version}"
      - run: vibekit attributes check attributes
      # The built-in annotator needs no key; this only shows that settings, definitions and videos fit together.
      - if: hashFiles('videos/**') != ''
        run: vibekit annotate videos {flags} --annotator signals --out runs/ci --dry-run
"""

GITIGNORE = """\
# answers are paid for: keep them, but not in git
runs/
# keys
.env
.env.*
*.key
*credentials*.json
"""

README = """\
# {title}

Labels on videos, made with [vibekit](https://github.com/vibekit/vibekit) from written definitions.

    attributes/    what is judged: one YAML file an attribute; edit these
    prompts/       how an annotator is asked: use a changed one with --prompt prompts/judge.md
    vibekit.yaml   settings
    runs/          what was answered, and what it cost; append-only
    golden/        what people said of a sample of the videos
    reports/       how good the labels are

1. Put videos into `videos/`.
2. `make check` reads the definitions. `make signals` labels without a key: a baseline, fit for a dry run only.
3. `export GEMINI_API_KEY=...`, then `make dry-run` says what it would cost, and `make annotate` does it.
4. `make golden` draws videos for people to rate, `make label` opens the page for it, and `make score` holds the labels
   against what they said.

A new attribute: `vibekit attributes new slow_living`. A changed one: `vibekit attributes diff {first} --against
runs/first` says whether videos must be asked about again.
"""
