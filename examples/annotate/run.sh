#!/usr/bin/env bash
# From a definition to labels and back, offline: clips, an attribute of your own, labels, a change, a second look.
set -euo pipefail
cd "$(dirname "$0")"
work=${1:-work}

# Clips with known properties, and their titles in metadata.csv.
vibekit demo "$work" --quiet > /dev/null
cd "$work"
# Eight of them have names of their own and are meant to be calm or lively beyond doubt.
rm -rf named
mkdir named
cp clips/{lake,candle,clouds,rain,talk,dance,market,race}.mp4 clips/metadata.csv named/

# The definition is ours; the built-in annotator judges it by its `signals` weights.
rm -rf attributes runs/example
mkdir attributes
cp ../lively.yaml attributes/
vibekit attributes check attributes/lively.yaml

echo "== label every clip, by measurement"
vibekit annotate named/ -a lively --annotator signals --out runs/example

echo "== the same command again asks nothing"
vibekit annotate named/ -a lively --annotator signals --out runs/example --json | grep -o '"requests": 0,'

echo "== a sharper definition is new work, and the old answers stay under their own fingerprint"
sed -i.old 's/^question: .*/question: Does this video carry its viewer along with it from start to end?/' attributes/lively.yaml
rm attributes/lively.yaml.old
vibekit attributes diff lively --against runs/example
vibekit annotate named/ -a lively --annotator signals --out runs/example
ls runs/example/attributes

echo "== what the clips were made for"
python - <<'END'
import csv
import json

made = {row["file"]: row["made_as"] for row in csv.DictReader(open("named/metadata.csv", encoding="utf-8"))}
expected = {"calm": False, "lively": True}
current = {}
for line in open("runs/example/annotations.jsonl", encoding="utf-8"):
    answer = json.loads(line)
    current[answer["path"], answer["attribute"]] = answer
for (path, _), answer in current.items():
    print(f"{made[path.split('/')[-1]]:<11} {answer['label']!s:<6} {answer['probability']:.2f}  {path}")
wrong = [p for (p, _), a in current.items() if expected.get(made[p.split("/")[-1]], a["label"]) != a["label"]]
print("every label as expected" if not wrong else f"not as expected: {wrong}")
END
