"""Fits what turns scores into decisions, on documents and messages that the model was not trained on.

    python calibrate.py --binary ../target/release/verbatim --model ../models/reader

Builds knowledge bases of two held documents each, lets the program write the evidence of every candidate of every
question (`verbatim eval --evidence`) and the probabilities of every message (`verbatim triage --batch`), and writes
`decision.toml` and `SHA256SUMS` into the model's folder. Figures are cross-validated over bases.
"""

import argparse
import collections
import hashlib
import json
import pathlib
import re
import subprocess
import tempfile

import numpy
from scipy.optimize import minimize

import data

HERE = pathlib.Path(__file__).resolve().parent
UNIT = ["bias", "late", "matched", "unmet", "lexical", "numbers_missing", "reference", "states_nothing"]
ANSWER = ["bias", "best", "next", "unmet_anywhere", "unknown_concept", "unsaid"]
# Answered questions among those that have an answer, on which the threshold is chosen.
ANSWERED = 0.94
# Greatest share of plain questions, of messages that call for no card and of those on personal advice that may get an
# urgent card. A missed call for help is worse than a question that gets a card instead of quotes.
FALSE_URGENT = 0.015, 0.065, 0.03
# Smallest share of messages on personal advice that get their card; it stands above the quotes.
ADVICE = 0.96
# Greatest share of plain questions with each of the fixed replies.
FALSE_FIXED = 0.002


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=HERE.parent / "target/release/verbatim", type=pathlib.Path)
    parser.add_argument("--model", default=HERE.parent / "models/reader", type=pathlib.Path)
    parser.add_argument("--keep", type=pathlib.Path, help="keep the bases and the evidence in this folder")
    return parser.parse_args()


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_decision(model, decision):
    """Writes the coefficients, and the digests of everything in the model's folder."""
    lines = ["# Fitted by training/calibrate.py; see README.md in this folder."]
    for table, values in decision.items():
        lines += ["", f"[{table}]", *(f"{name} = {value:.5g}" for name, value in values.items())]
    text = "\n".join(lines).replace("= 1e+0", "= 1e") + "\n"
    write(model / "decision.toml", "\n".join(fixed(line) for line in text.splitlines()) + "\n")
    files = ["decision.toml", "model.q8.safetensors", "tokenizer.json"]
    sums = [f"{hashlib.sha256((model / file).read_bytes()).hexdigest()}  {file}" for file in files]
    write(model / "SHA256SUMS", "\n".join(sums) + "\n")


def fixed(line):
    """TOML wants a point in a number that is no whole one's."""
    name, separator, value = line.partition(" = ")
    return f"{name} = {float(value)}" if separator else line


FIRST = {
    "unit": {"bias": 0.0, "late": 1.0, "matched": 0.0, "unmet": 0.0, "lexical": 0.0, "numbers_missing": 0.0, "reference": -2.0, "states_nothing": -1.0},
    "answer": {"bias": 0.0, "best": 1.0, "next": 0.0, "unmet_anywhere": 0.0, "unknown_concept": 0.0, "unsaid": 0.0, "threshold": 0.5},
    "quotes": {"gap": 2.0, "neighbour_gap": 3.0},
    "triage": {"urgent": 0.5, "personal_advice": 0.5},
    "message": {"small_talk": 0.6, "about_bot": 0.6, "other_language": 0.6, "asking": 0.5},
}


def words(text):
    return {word for word in re.findall(r"[a-z]+", text.lower()) if len(word) > 5}


def bases(folder, found, held):
    """Writes knowledge bases of two held documents each, with their questions."""
    for number, pair in enumerate(zip(held[::2], held[1::2]), 1):
        base = f"held{number:02}"
        write(folder / "knowledge" / base / "base.toml", f'title = "{base}"\ndescription = "Held documents."\ndisclaimer = "No advice."\n')
        answerable, unanswerable = [], []
        for name in pair:
            source = (HERE / "documents" / f"{name}.md").read_text(encoding="utf-8")
            write(folder / "knowledge" / base / "sources" / f"{name}.md", source)
            for at, (question, gold, _) in enumerate(found[name].questions):
                row = {"id": f"{name}-{at}", "question": question}
                if gold:
                    quotes = [{"quote": found[name].units[unit]["text"]} for unit in gold]
                    answerable.append({**row, "mode": "any", "gold": quotes, "required": []})
                else:
                    unanswerable.append({**row, "kind": "near"})
        # Questions of the other documents are about something else, if they say what they are about.
        own = {word for name in pair for word in words(" ".join(found[name].texts))}
        others = [
            (name, at) for name in held if name not in pair for at in range(0, len(found[name].questions), 9)
            if (words(found[name].questions[at][0]) & words(" ".join(found[name].texts))) - own
        ]
        for name, at in others:
            unanswerable.append({"id": f"far-{name}-{at}", "question": found[name].questions[at][0], "kind": "far"})
        for file, rows in (("answerable", answerable), ("unanswerable", unanswerable)):
            text = "".join(json.dumps(row) + "\n" for row in rows)
            write(folder / "sets" / base / f"{file}.jsonl", text)
        yield base


def evidence(binary, folder, base):
    out = folder / "evidence" / f"{base}.jsonl"
    out.parent.mkdir(parents=True, exist_ok=True)
    command = [binary, "--config", folder / "verbatim.toml", "eval", "--base", base]
    subprocess.run([*command, "--set", folder / "sets" / base, "--evidence", out], check=True, capture_output=True)
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def features(candidate):
    return [1.0, candidate["late"], candidate["matched"], candidate["unmet"], candidate["lexical"],
            candidate["numbers_missing"], float(candidate["reference"]), float(candidate["states_nothing"])]


def fit_units(questions, penalty=1e-3):
    """Coefficients of the units' scores: gold against all others and the null option, as in training."""
    rows = [
        (numpy.array([features(c) for c in q["candidates"]]), numpy.array([c["gold"] for c in q["candidates"]]))
        for q in questions if q["candidates"] and (q["kind"] != "answerable" or any(c["gold"] for c in q["candidates"]))
    ]
    start = numpy.array([0.0, 1.0, 0.0, 0.0, 0.0, 0.0, -1.0, -1.0])

    def loss(w):
        total, gradient = 0.0, numpy.zeros_like(w)
        for x, gold in rows:
            s = x @ w
            top = max(0.0, s.max())
            e = numpy.exp(s - top)
            z = e.sum() + numpy.exp(-top)
            gradient += x.T @ (e / z)
            total += numpy.log(z) + top
            if gold.any():
                g = e[gold]
                total -= numpy.log(g.sum()) + top
                gradient -= x[gold].T @ (g / g.sum())
        total, gradient = total / len(rows), gradient / len(rows)
        return total + penalty * ((w - start) ** 2).sum(), gradient + 2 * penalty * (w - start)

    return minimize(loss, start, jac=True, method="L-BFGS-B").x


def ranked(question, unit):
    """Candidates best first with their scores, as the program sorts them."""
    return sorted(((float(numpy.dot(features(c), unit)), c) for c in question["candidates"]), key=lambda pair: -pair[0])


def answer_features(question, unit):
    scores = [score for score, _ in ranked(question, unit)]
    if not scores:
        return [1.0, -9.0, -9.0, question["unmet_anywhere"], float(question["unknown_concept"]), question["unsaid"]]
    following = scores[1:3]
    return [1.0, scores[0], sum(following) / len(following) if following else scores[0],
            question["unmet_anywhere"], float(question["unknown_concept"]), question["unsaid"]]


def fit_answers(questions, unit, penalty=1e-3):
    """Logistic regression of whether a question is answerable; every kind of question weighs the same."""
    x = numpy.array([answer_features(q, unit) for q in questions])
    y = numpy.array([q["kind"] == "answerable" for q in questions], dtype=float)
    counts = collections.Counter(q["kind"] for q in questions)
    share = {"answerable": 0.5, "near": 0.35, "far": 0.15}
    weight = numpy.array([share[q["kind"]] / counts[q["kind"]] for q in questions])
    start = numpy.array([0.0, 1.0, 0.0, 0.0, 0.0, 0.0])

    def loss(w):
        s = x @ w
        total = (weight * numpy.logaddexp(0, numpy.where(y > 0, -s, s))).sum()
        return total + penalty * ((w - start) ** 2).sum()

    return minimize(loss, start, method="L-BFGS-B").x


def probability(question, unit, answer):
    return 1 / (1 + numpy.exp(-numpy.dot(answer_features(question, unit), answer)))


def shown(question, unit, gap):
    """The candidates that are shown: at most three quotes of 1,200 characters together."""
    found, room = [], 1200
    order = ranked(question, unit)
    for score, candidate in order:
        if len(found) < 3 and score >= order[0][0] - gap and candidate["characters"] <= room:
            found.append(candidate)
            room -= candidate["characters"]
    return found


def choose_gap(questions, unit):
    """The widest gap that keeps more than half of the shown quotes answering."""
    asked = [q for q in questions if q["kind"] == "answerable" and q["candidates"]]
    best = 0.0
    for gap in numpy.arange(0.0, 6.0, 0.1):
        quotes = [c["gold"] for q in asked for c in shown(q, unit, gap)]
        if numpy.mean(quotes) > 0.5:
            best = gap
    return float(best)


def fit(questions):
    unit = fit_units(questions)
    answer = fit_answers(questions, unit)
    right = sorted(probability(q, unit, answer) for q in questions if q["kind"] == "answerable")
    return unit, answer, float(right[int(len(right) * (1 - ANSWERED))])


def figures(questions, unit, answer, threshold, gap):
    found = collections.defaultdict(list)
    for q in questions:
        answered = probability(q, unit, answer) >= threshold
        if q["kind"] != "answerable":
            found[q["kind"]].append(not answered)
            continue
        quotes = shown(q, unit, gap) if answered else []
        found["answered"].append(answered)
        found["hit1"].append(bool(quotes and quotes[0]["gold"]))
        found["hit_shown"].append(any(c["gold"] for c in quotes))
        found["precision"] += [c["gold"] for c in quotes]
    return {name: float(numpy.mean(values)) for name, values in found.items()}


def triage_thresholds(binary, folder, held_messages, plain_questions):
    """The lowest thresholds that keep false alarms within their bounds."""
    texts = [message[0] for message in held_messages] + plain_questions
    feed = "".join(json.dumps(text) + "\n" for text in texts)
    command = [binary, "--config", folder / "verbatim.toml", "triage", "--batch", "--json"]
    run = subprocess.run(command, input=feed, capture_output=True, text=True, check=True)
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(rows) == len(texts)
    urgent = numpy.array([row["emergency"] + row["self_harm"] for row in rows])
    advice = numpy.array([row["personal_advice"] for row in rows])
    count = len(held_messages)
    labels = numpy.array([message[1] for message in held_messages])
    # Plain questions, messages that call for no card, and those about one's own treatment.
    calm = urgent[count:], urgent[:count][labels == 0], urgent[:count][labels == 3]
    thresholds = {
        "urgent": max(float(numpy.quantile(of, 1 - share)) for of, share in zip(calm, FALSE_URGENT)),
        "personal_advice": float(numpy.quantile(advice[:count][labels == 3], 1 - ADVICE)),
    }
    # A fixed reply to a question would be worse than none to small talk.
    message = {
        name: max(0.5, float(numpy.quantile([row[name] for row in rows[count:]], 1 - FALSE_FIXED)))
        for name in ("small_talk", "about_bot", "other_language")
    }
    dangerous = (labels == 1) | (labels == 2)
    report = {
        "urgent recognised (the threshold was chosen on these)": float(numpy.mean(urgent[:count][dangerous] >= thresholds["urgent"])),
        "advice recognised (likewise)": float(numpy.mean(advice[:count][labels == 3] >= thresholds["personal_advice"])),
        "urgent cards on messages of no kind": float(numpy.mean(urgent[:count][labels == 0] >= thresholds["urgent"])),
    }
    return thresholds, {**message, "asking": 0.5}, report


def main():
    chosen = arguments()
    found, _ = data.documents(chosen.binary)
    _, held = data.split(found)
    _, held_messages = data.split_messages(data.messages())
    with tempfile.TemporaryDirectory() as temporary:
        folder = (chosen.keep or pathlib.Path(temporary)).resolve()
        write_decision(chosen.model, FIRST)
        model = chosen.model.resolve()
        write(
            folder / "verbatim.toml",
            f'[paths]\nknowledge = "knowledge"\nindex = "index"\nmodels = "{model.parent}"\n[model]\nname = "{model.name}"\n',
        )
        knowledge = HERE.parent / "knowledge"
        for path in (knowledge / "medical.toml", *sorted((knowledge / "vocabulary").glob("*.tsv"))):
            write(folder / "knowledge" / path.relative_to(knowledge), path.read_text(encoding="utf-8"))
        names = list(bases(folder, found, held))
        by_base = {base: evidence(chosen.binary, folder, base) for base in names}
        everything = [q for questions in by_base.values() for q in questions]
        unit, answer, threshold = fit(everything)
        gap = choose_gap(everything, unit)
        rows = []
        for base in names:
            rest = [q for other, questions in by_base.items() if other != base for q in questions]
            fitted = fit(rest)
            rows.append(figures(by_base[base], *fitted, choose_gap(rest, fitted[0])))
        macro = {name: float(numpy.mean([row[name] for row in rows if name in row])) for name in rows[0]}
        plain = [q for name in held for q, _, _ in found[name].questions]
        triage, message, report = triage_thresholds(chosen.binary, folder, held_messages, plain)
        decision = {
            "unit": dict(zip(UNIT, unit)),
            "answer": {**dict(zip(ANSWER, answer)), "threshold": threshold},
            "quotes": {"gap": gap, "neighbour_gap": gap + 0.9},
            "triage": triage,
            "message": message,
        }
        write_decision(chosen.model, decision)
    print(json.dumps({"decision": decision, "held bases, cross-validated": macro, "held messages": report}, indent=1))


if __name__ == "__main__":
    main()
