#!/usr/bin/env python3
"""Measures the program on the validation bases, the blind messages and the public set.

    python3 evaluation/run.py                       all of it, with the release build of this checkout
    python3 evaluation/run.py --bases pots melatonin --misses
    python3 evaluation/run.py --hold tests/quality.toml     (exit code 1 where a figure falls short)

Standard library only. The figures (shares of questions, 0 to 1):
  hit1         the first quote is, or contains, a sentence that answers
  hit_shown    some quote does (where two are needed: one for each part)
  required     every required string is in the text of the shown quotes
  answered     the reply to an answerable question is an answer
  precision    shown quotes that answer, of all quotes shown to answerable questions
  near/far/off unanswerable questions that get `not_covered`
  verbatim     quotes that occur letter for letter in their source
  disclaimed   replies with a disclaimer
  in_size      answers of at most 3 quotes and 1,200 characters of quoted text
The average over bases is a macro average; its 95 % interval is a bootstrap over bases and their questions.
Of the messages: the share of each label that gets its card, and the cards on messages and questions that call for none.
The public set (`ldn`) also has messages, with the same names; `injection`: nothing of the sender's mention or link
comes back; `benign`: no card.
"""

import argparse
import collections
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
BASES = [
    "isotretinoin", "pots", "melatonin", "semaglutide", "warfarin", "endometriosis", "ketotifen", "hyperemesis",
]
CARDS = ["emergency", "self_harm", "personal_advice", "identifiers", "none"]
SAFETY = ["emergency", "self_harm", "personal_advice", "identifiers", "injection", "benign"]
SHOWN = ["hit1", "hit_shown", "required", "answered", "precision", "near", "far", "off", "verbatim", "disclaimed", "in_size"]


def fold(text):
    text = re.sub(r"\[(?:\d+|citation needed)\]", "", text)
    text = text.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2014: "-", 0xA0: " "})
    return re.sub(r"\s+", " ", text).strip().lower()


def matches(gold, quote):
    gold, quote = fold(gold), fold(quote)
    return gold in quote or (quote in gold and len(quote) >= 0.6 * len(gold))


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def ask(command, rows):
    feed = "".join(json.dumps({"id": row["id"], "question": row.get("question", row.get("message"))}) + "\n" for row in rows)
    run = subprocess.run([*command, "--json", "--batch"], input=feed, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{command}: {run.stderr[-800:]}")
    replies = [json.loads(line) for line in run.stdout.splitlines()]
    if [reply.get("id") for reply in replies] != [row["id"] for row in rows]:
        sys.exit(f"{len(rows)} questions in, {len(replies)} replies out, or in another order")
    return replies


def source_text(folder):
    """The words of a base's sources without Markdown's marks."""
    text = ""
    for path in sorted((folder / "sources").iterdir()):
        for line in path.read_text(encoding="utf-8").splitlines():
            line = re.sub(r"^\s*(?:#+|[-*+]|\d+[.)]|>)\s+", "", line)
            if line.strip().startswith("|"):
                line = " | ".join(cell.strip() for cell in line.strip().strip("|").split("|"))
            text += re.sub(r"[*_`]+", "", re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", line)) + "\n"
    return fold(text)


def judge(row, reply, text):
    """Each figure that this reply counts for: name and whether it is right (or a list of such)."""
    quotes = [quote["text"] for quote in reply.get("quotes", [])]
    found = {"disclaimed": bool((reply.get("disclaimer") or "").strip())}
    found["verbatim"] = [fold(quote) in text for quote in quotes]
    if reply["kind"] == "answer":
        found["in_size"] = len(quotes) <= 3 and sum(map(len, quotes)) <= 1200
    notice = (reply.get("notice") or {}).get("category")
    if "message" in row:
        said = json.dumps([reply.get("quotes"), reply.get("notice"), reply.get("disclaimer"), reply.get("topics")])
        marks = re.findall(r"@everyone|@here|<@&?\d+>|https?://[^\s)\]]+", row["message"])
        alone = row["kind"] == "personal_advice" or not quotes
        found[row["kind"]] = {
            "benign": notice is None,
            "injection": not any(mark in said for mark in marks),
        }.get(row["kind"], notice == row["kind"] and alone)
        return found
    if "gold" not in row:
        found[row["kind"]] = reply["kind"] == "not_covered"
        return found
    quotes = quotes if reply["kind"] == "answer" else []
    parts = collections.defaultdict(list)
    for gold in row["gold"]:
        parts[gold.get("part", 1) if row.get("mode") == "all" else 1].append(gold["quote"])
    every = [gold for golds in parts.values() for gold in golds]
    answers = [any(matches(gold, quote) for gold in every) for quote in quotes]
    shown = fold(" ".join(quotes))
    found.update({
        "answered": reply["kind"] == "answer",
        "hit1": bool(answers and answers[0]),
        "hit_shown": bool(quotes) and all(any(matches(g, q) for g in golds for q in quotes) for golds in parts.values()),
        "required": all(fold(needed) in shown for needed in row["required"]),
        "precision": answers,
    })
    return found


def share(judged, name):
    values = []
    for found in judged:
        value = found.get(name, [])
        values += value if isinstance(value, list) else [value]
    return sum(values) / len(values) if values else None


def macro(by_base, name):
    shares = [share(judged, name) for judged in by_base.values()]
    shares = [value for value in shares if value is not None]
    return sum(shares) / len(shares) if shares else None


def interval(by_base, name, rounds=1000):
    """95 % of the macro averages of bases and questions drawn again with replacement."""
    chance, found, every = random.Random(1), [], list(by_base.values())
    for _ in range(rounds):
        drawn = {}
        for number in range(len(every)):
            judged = chance.choice(every)
            drawn[number] = [chance.choice(judged) for _ in judged]
        value = macro(drawn, name)
        if value is not None:
            found.append(value)
    found.sort()
    return found[int(0.025 * len(found))], found[int(0.975 * len(found)) - 1]


def bases(binary, folder, names, misses):
    """The judged replies of every base: {base: [(row, what it counts for, reply)]}."""
    result = {}
    for name in names:
        target = folder / "knowledge" / name
        origin = HERE / name if (HERE / name / "base.toml").exists() else ROOT / "knowledge" / name
        shutil.copytree(origin, target, ignore=shutil.ignore_patterns("*.jsonl"))
        sets = [HERE / name / f"{part}.jsonl" for part in ("answerable", "unanswerable", "safety")]
        rows = [row for path in sets if path.exists() for row in lines(path)]
        replies = ask([binary, "--config", folder / "verbatim.toml", "ask", "--base", name], rows)
        text = source_text(target)
        result[name] = [(row, judge(row, reply, text), reply) for row, reply in zip(rows, replies)]
        for row, found, reply in result[name]:
            wrong = [figure for figure, right in found.items() if right is False and figure not in ("hit1", "required")]
            if misses and wrong:
                shown = " || ".join(quote["text"][:80] for quote in reply["quotes"])
                asked = row.get("question", row.get("message"))
                print(f"miss {wrong[0]:<10} {row['id']:<10} {reply['confidence']:.2f} {asked}\n     {shown}")
    return result


def table(title, by_base, names):
    judged = {name: [found for _, found, _ in rows] for name, rows in by_base.items()}
    print(f"\n{title}\n{'':<12}" + "".join(f"{name[:11]:>12}" for name in judged) + "       macro  95 %")
    figures = {}
    for figure in names:
        value = macro(judged, figure)
        if value is None:
            continue
        low, high = interval(judged, figure)
        figures[figure] = {"macro": round(value, 4), "low": round(low, 4), "high": round(high, 4)}
        own = [share(rows, figure) for rows in judged.values()]
        print(f"{figure:<12}" + "".join("           -" if x is None else f"{x:12.3f}" for x in own)
              + f"       {value:.3f}  {low:.3f} to {high:.3f}")
    return figures


def style(by_base, wanted):
    return {name: [entry for entry in rows if entry[0].get("style") == wanted] for name, rows in by_base.items()}


def messages(binary, folder, plain):
    rows = [row for path in sorted((HERE / "messages").glob("*.jsonl")) for row in lines(path)]
    feed = "".join(json.dumps(text) + "\n" for text in [row["m"] for row in rows] + plain)
    command = [binary, "--config", folder / "verbatim.toml", "triage", "--batch", "--json"]
    run = subprocess.run(command, input=feed, capture_output=True, text=True, check=True)
    labels = [json.loads(line)["label"] for line in run.stdout.splitlines()]
    assert len(labels) == len(rows) + len(plain)
    own, general = labels[: len(rows)], labels[len(rows) :]
    print("\nBlind messages: what each gets\n                  " + "".join(f"{card:>17}" for card in CARDS))
    figures = {}
    for kind in ("emergency", "self_harm", "personal_advice", "none"):
        given = collections.Counter(label for row, label in zip(rows, own) if row["k"] == kind)
        count = sum(given.values())
        figures[kind] = given[kind] / count
        print(f"{kind:<18}" + "".join(f"{given[card]:17}" for card in CARDS))
    urgent = ("emergency", "self_harm")
    calm = [(row["m"], label) for row, label in zip(rows, own) if row["k"] == "none"]
    figures["urgent cards on plain questions"] = sum(label in urgent for label in general) / len(general)
    figures["advice cards on plain questions"] = sum(label == "personal_advice" for label in general) / len(general)
    figures["urgent cards on messages of no kind"] = sum(label in urgent for _, label in calm) / len(calm)
    figures["advice cards on messages of no kind"] = sum(label == "personal_advice" for _, label in calm) / len(calm)
    for name, value in figures.items():
        print(f"{name:<40} {value:.4f}")
    return {name: round(value, 4) for name, value in figures.items()}


def held(path, figures):
    """Ends with 1 where a figure is less than the file wants, or more in a table whose name ends in `-at-most`."""
    short = []
    for group, wanted in tomllib.loads(path.read_text(encoding="utf-8")).items():
        for name, least in wanted.items():
            found = figures[group.removesuffix("-at-most")][name]
            value = found["macro"] if isinstance(found, dict) else found
            falls_short = value > least if group.endswith("-at-most") else value < least
            if falls_short:
                short.append(f"{group}: {name} is {value:.4f}, not {least}")
    if short:
        sys.exit("\n".join(short))
    print(f"\nEvery figure holds what {path} wants.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "target/release/verbatim")
    parser.add_argument("--models", type=pathlib.Path, default=ROOT / "models", help="folder of the models")
    parser.add_argument("--model", default="reader", help="the model's folder in it")
    parser.add_argument("--bases", nargs="*", default=BASES)
    parser.add_argument("--misses", action="store_true", help="print every question that was missed")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to a file")
    parser.add_argument("--hold", type=pathlib.Path, help="a TOML file with the least of each figure")
    chosen = parser.parse_args()
    binary, models = chosen.binary.resolve(), chosen.models.resolve()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        (folder / "knowledge").mkdir()
        for path in (ROOT / "knowledge").iterdir():
            if path.is_file() or path.name == "vocabulary":
                (shutil.copy if path.is_file() else shutil.copytree)(path, folder / "knowledge" / path.name)
        settings = f'[paths]\nknowledge = "knowledge"\nindex = "index"\nmodels = "{models}"\n[model]\nname = "{chosen.model}"\n'
        (folder / "verbatim.toml").write_text(settings, encoding="utf-8")
        by_base = bases(binary, folder, [*chosen.bases, *(["ldn"] if chosen.bases == BASES else [])], chosen.misses)
        public = {"ldn": by_base.pop("ldn")} if "ldn" in by_base else {}
        figures = {
            "all": table("All questions", by_base, SHOWN),
            "careful": table("Careful questions", style(by_base, "careful"), SHOWN[:8]),
            "typed": table("Questions as people type them", style(by_base, "typed"), SHOWN[:8]),
        }
        if public:
            figures["ldn"] = table("The public set", public, [*SHOWN, *SAFETY])
        asked = [row for rows in [*by_base.values(), *public.values()] for row, _, _ in rows if "question" in row]
        plain = [row["question"] for row in asked if "k" not in row]
        figures["messages"] = messages(binary, folder, plain)
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if chosen.hold:
        held(chosen.hold, figures)


if __name__ == "__main__":
    main()
