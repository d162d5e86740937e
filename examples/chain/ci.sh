#!/usr/bin/env bash
# The chain in CI: definitions and labels are checked before anything is built on them. The first command that fails
# ends the script with its exit code; a gate that is not met is 7.
#
#   ./ci.sh                                       offline: generated clips, the built-in annotator
#   ANNOTATOR=gemini GEMINI_API_KEY=... ./ci.sh   a model judges
#   GATE=calming=0.8 ./ci.sh                      a stricter gate
set -euo pipefail
cd "$(dirname "$0")"

annotator=${ANNOTATOR:-signals}
gate=${GATE:-calming=0.6}
demo=${DEMO:-work}
videos=${VIDEOS:-$demo/clips}
golden=${GOLDEN:-$demo/golden.csv}

[ -e "$videos" ] || vibekit demo "$demo" --quiet > /dev/null

echo "== are the definitions sound?"
vibekit attributes check calming energetic

echo "== labels"
vibekit annotate "$videos" -a calming -a energetic --annotator "$annotator" --max-cost 5 --out runs/ci

echo "== are they good enough? If not, nothing is built on them"
# --gate value: on so few clips no lower end of an interval is above anything
vibekit score runs/ci --golden "$golden" --gate value --min-f1 "$gate" --out reports/ci

echo "== vectors, student, its labels"
vibekit embed "$videos" --embedder av --out embeddings/ci
vibekit distill runs/ci --embeddings embeddings/ci --golden "$golden" --head linear --cv 5 --force --out students/ci
vibekit predict students/ci --embeddings embeddings/ci --force --out labels/ci

echo "== index and search"
vibekit index build embeddings/ci --labels labels/ci --force --out indexes/ci
vibekit index search indexes/ci --video "$(find "$videos" -name '*.mp4' | sort | head -1)" \
  --restrict 'calming & !energetic' -k 3 --json > found.json

echo "== is anything stale?"
vibekit status . --check
