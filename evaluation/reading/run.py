#!/usr/bin/env python3
"""Measures how the program reads documents, against units that people wrote by hand.

    python3 evaluation/reading/run.py                            all of it, with the release build of this checkout
    python3 evaluation/reading/run.py evaluation/reading/unseen  only what the readers were not written beside
    python3 evaluation/reading/run.py --show html-03             what differs in one document

Standard library only. A unit is what is searched and quoted, with the headings over it. The figures:
  F1          of units, exact text and headings both right
  text F1     the same, by text alone
  leads       of the right units, those with the right lead-ins
  joins       units that hold text from two places
  lost        visible words that are in no unit, lead-in or heading, and that no report names
  furniture   furniture that stands in a unit
  unseen      hidden, deleted and struck-out text that stands in a unit
"""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FORMATS = ["html", "md", "docx", "txt", "pdf"]
# The readers were made beside the first two; the last was written by people who saw none of it.
FOLDERS = [HERE / "documents", HERE / "cases", HERE / "unseen"]


LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"}
# The mark of a note or a citation after a word or a full stop. The brief leaves open whether it belongs to the text.
MARKS = r"(?:[⁰¹²³⁴⁵⁶⁷⁸⁹ᵃ-ᶻ]+(?:,[⁰¹²³⁴⁵⁶⁷⁸⁹]+)*|\[(?:\w{1,3}|citation needed)\])+"
NOTE_MARK = re.compile(rf"(?:(?<=[^\W\d_]{{3}})|(?<=[.!?,;:)%”\"’])){MARKS}")


def fold(text):
    for ligature, letters in LIGATURES.items():
        text = text.replace(ligature, letters)
    return " ".join(NOTE_MARK.sub("", text.replace("\u00ad", "")).split())


def words(text):
    return re.findall(r"\w+", fold(text).lower())


def documents(folders):
    """Each file with units, and the document beside it."""
    for units_file in sorted(file for folder in folders for file in folder.glob("*.units.json")):
        name = units_file.name.removesuffix(".units.json")
        yield units_file, next(path for path in sorted(units_file.parent.glob(f"{name}.*")) if path != units_file)


def load(units_file):
    return json.loads(units_file.read_text(encoding="utf-8"))


def read(binary, path):
    """What the program makes of a document; nothing where it cannot be read."""
    run = subprocess.run([binary, "read", "--json", path], capture_output=True, text=True)
    lines = run.stdout.splitlines()
    found = json.loads(lines[0]) if lines else {"units": [], "left_out": []}
    for unit in found["units"]:
        if "path" not in unit:
            # The program gives title, headings and lead-in in one.
            unit["path"] = unit["context"].split("\n")[1:]
            unit["lead"] = [unit["path"].pop()] if unit["path"] and unit["kind"] in ("item", "row") else []
    found["units"] = [unit for unit in found["units"] if unit["kind"] != "heads"]
    return found


def key(unit):
    return fold(unit["text"]), tuple(fold(part) for part in unit["path"])


def measure(expected, found):
    units = expected["units"]
    wanted, got = collections.Counter(map(key, units)), collections.Counter(map(key, found["units"]))
    right = wanted & got
    by_text = collections.Counter(text for text, _ in wanted.elements()) & collections.Counter(text for text, _ in got.elements())
    leads = {key(unit): [fold(lead) for lead in unit["lead"]] for unit in units}
    in_right = [unit for unit in found["units"] if key(unit) in leads]
    # Text that belongs together: what stands under the same headings and lead-ins, in order.
    places = collections.defaultdict(list)
    for unit in units:
        places[tuple(unit["path"]), tuple(unit["lead"]), unit["kind"] == "row"].append(fold(unit["text"]))
    together = [" ".join(texts) for texts in places.values()]
    others = [fold(text) for text in (*expected["furniture"], *expected["unseen"])]
    leading = {fold(text) for unit in units for text in (*unit["path"], *unit["lead"])}
    single = set(by_text) | set(others) | leading

    def belongs(text):
        return text in single or any(text in one for one in (*together, *others, *leading))

    joins = [unit["text"] for unit in found["units"] if not belongs(fold(unit["text"]))]
    seen = collections.Counter(
        word for unit in found["units"] for text in (unit["text"], *unit["path"], *unit.get("lead", [])) for word in words(text)
    )
    seen += collections.Counter(word for text in found.get("left_out", []) for word in words(text))
    lost = [unit["text"] for unit in units if any(word not in seen for word in words(unit["text"]))]
    in_units = lambda texts: [text for text in texts if len(words(text)) > 1 and any(fold(text) in fold(unit["text"]) for unit in found["units"])]
    real = [fold(unit["text"]) for unit in units]
    furniture = [text for text in in_units(expected["furniture"]) if not any(fold(text) in one for one in real)]
    unseen = [text for text in in_units(expected["unseen"]) if not any(fold(text) in one for one in real)]
    return {
        "wanted": sum(wanted.values()), "got": sum(got.values()), "right": sum(right.values()), "right text": sum(by_text.values()),
        "leads": sum(leads[key(unit)] == [fold(lead) for lead in unit.get("lead", [])] for unit in in_right), "of leads": len(in_right),
        "joins": joins, "lost": lost, "furniture": furniture, "unseen": unseen,
        "missing": list((wanted - got).elements()), "extra": list((got - wanted).elements()),
    }


def f1(right, got, wanted):
    return 2 * right / (got + wanted) if got + wanted else 1.0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=ROOT / "target/release/verbatim", type=pathlib.Path)
    parser.add_argument("--show", action="append", default=[], metavar="NAME", help="names of documents whose differences are listed")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures of each format to this file")
    parser.add_argument("--hold", type=pathlib.Path, help="fail where a figure is worse than in this file")
    parser.add_argument("folders", nargs="*", type=pathlib.Path, default=FOLDERS, help="documents with their units")
    chosen = parser.parse_args()
    total, rows = collections.defaultdict(collections.Counter), []
    for units_file, path in documents(chosen.folders):
        expected = load(units_file)
        result = measure(expected, read(chosen.binary, path))
        rows.append((path.name, result))
        for name, value in result.items():
            total[path.suffix[1:]][name] += value if isinstance(value, int) else len(value)
        if path.stem in chosen.show:
            for name in ("missing", "extra", "joins", "lost", "furniture", "unseen"):
                for item in result[name]:
                    print(f"{path.name} {name:<9} {item}")
    head = f"{'':<14}{'units':>6}{'F1':>7}{'text F1':>9}{'leads':>7}{'joins':>7}{'lost':>6}{'furniture':>11}{'unseen':>8}"
    print(head)
    for name, result in [*rows, *((f"all {form}", total[form]) for form in FORMATS if form in total)]:
        count = lambda what: result[what] if isinstance(result[what], int) else len(result[what])
        wanted, got = result["wanted"], result["got"]
        leads = result["leads"] / max(1, result["of leads"])
        print(
            f"{name:<14}{wanted:6}{f1(result['right'], got, wanted):7.3f}{f1(result['right text'], got, wanted):9.3f}{leads:7.3f}"
            f"{count('joins'):7}{count('lost'):6}{count('furniture'):11}{count('unseen'):8}"
        )
    figures = {
        form: {"f1": round(f1(of["right"], of["got"], of["wanted"]), 4), "joins": of["joins"], "lost": of["lost"], "furniture": of["furniture"], "unseen": of["unseen"]}
        for form, of in total.items()
    }
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return held(chosen.hold, figures) if chosen.hold else 0


def held(path, figures):
    """Whether F1 is as high as the file wants, and everything else as low."""
    wrong = [
        f"{form}: {name} is {figures[form][name]}, and {path} wants {wanted}"
        for form, names in tomllib.loads(path.read_text(encoding="utf-8")).items()
        for name, wanted in names.items()
        if (figures[form][name] < wanted if name == "f1" else figures[form][name] > wanted)
    ]
    print("\n".join(wrong) or f"\nEvery figure holds what {path} wants.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
