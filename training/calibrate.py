"""Fits what turns scores into decisions, on documents and messages that the model was not trained on.

    python calibrate.py --binary ../target/release/verbatim --model ../models/reader

Builds a knowledge base of each held document, its sections divided between two sources on one subject, lets the program
write the evidence of every candidate of every question (`verbatim-eval evidence`) and the probabilities of every message
(`verbatim triage --batch`), and writes `decision.toml` and `SHA256SUMS` into the model's folder. Figures are cross-validated
over bases.
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
UNIT = [
    "bias", "late", "matched", "unmet", "worst", "lexical", "numbers_missing", "concepts_missing", "reference", "states_nothing",
]
ANSWER = ["bias", "best", "next", "unmet_anywhere", "unknown_concept", "unsaid"]
QUOTE = ["bias", "score", "gap", "other_source"]
# Share of the shown quotes that answer, for which the bar of further quotes is chosen.
PRECISION = 0.63
# Answered questions among those that have an answer, on which the threshold is chosen.
ANSWERED = 0.94
# Greatest share of plain questions, of messages that call for no card and of those on personal advice that may get an
# urgent card. A missed call for help is worse than a question that gets a card instead of quotes.
FALSE_URGENT = 0.018, 0.13, 0.075
# Smallest share of messages on personal advice that get their card; it stands above the quotes.
ADVICE = 0.96
# Greatest share of plain questions with each of the fixed replies.
FALSE_FIXED = 0.002
# A base is asked each so many of the held questions on other matters.
EVERY_OFF_TOPIC = 4
# No fixed reply is given below this.
LEAST_FIXED = {"small_talk": 0.4, "about_bot": 0.2, "other_language": 0.25}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=HERE.parent / "target/release/verbatim", type=pathlib.Path)
    parser.add_argument("--evaluator", default=HERE.parent / "target/release/verbatim-eval", type=pathlib.Path)
    parser.add_argument("--model", default=HERE.parent / "models/reader", type=pathlib.Path)
    parser.add_argument("--ablation", action="store_true", help="also print what the figures are without each kind of evidence")
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
    "unit": {**dict.fromkeys(UNIT, 0.0), "late": 1.0, "reference": -2.0, "states_nothing": -1.0},
    "answer": {"bias": 0.0, "best": 1.0, "next": 0.0, "unmet_anywhere": 0.0, "unknown_concept": 0.0, "unsaid": 0.0, "threshold": 0.5},
    "quotes": {"bias": 0.0, "score": 0.0, "gap": -1.0, "other_source": 0.0, "least": 0.2, "neighbour": 0.1},
    "triage": {"urgent": 0.5, "personal_advice": 0.5},
    "message": {"small_talk": 0.6, "about_bot": 0.6, "other_language": 0.6, "asking": 0.5},
}


def divided(text):
    """A document as two: its sections in turn, each with the front matter and the title."""
    front, body = text.rsplit("\n+++\n", 1)
    before, *sections = re.split(r"^(?=## )", body, flags=re.M)
    title = "".join(re.findall(r"^# .*\n", before, flags=re.M)[:1])
    first, second = before + "".join(sections[::2]), title + "\n" + "".join(sections[1::2])
    return [front + "\n+++\n" + half for half in (first, second) if half.strip() != title.strip()]


def bases(folder, found, held, off_topic):
    """Writes a knowledge base of each held document, with its questions and some on other matters."""
    for number, name in enumerate(held, 1):
        base = f"held{number:02}"
        write(folder / "knowledge" / base / "base.toml", f'title = "{base}"\ndescription = "Held documents."\ndisclaimer = "No advice."\n')
        answerable, unanswerable = [], []
        source = (HERE / "documents" / f"{name}.md").read_text(encoding="utf-8")
        for part, half in enumerate(divided(source), 1):
            write(folder / "knowledge" / base / "sources" / f"{name}-{part}.md", half)
        for at, (question, gold, _) in enumerate(found[name].questions):
            row = {"id": f"{name}-{at}", "question": question}
            if gold:
                quotes = [{"quote": found[name].units[unit]["text"]} for unit in gold]
                answerable.append({**row, "mode": "any", "gold": quotes, "required": []})
            else:
                unanswerable.append({**row, "kind": "near"})
        # Questions on other documents are about something else, if they say what they are about.
        others = [
            (other, at) for other in held if other != name for at in range(number % 40, len(found[other].questions), 40)
            if data.is_about_another(found[other].questions[at][0], found[other], found[name])
        ]
        for other, at in others:
            unanswerable.append({"id": f"far-{other}-{at}", "question": found[other].questions[at][0], "kind": "far"})
        for at in range(number % EVERY_OFF_TOPIC, len(off_topic), EVERY_OFF_TOPIC):
            unanswerable.append({"id": f"off-{at}", "question": off_topic[at], "kind": "far"})
        for file, rows in (("answerable", answerable), ("unanswerable", unanswerable)):
            text = "".join(json.dumps(row) + "\n" for row in rows)
            write(folder / "sets" / base / f"{file}.jsonl", text)
        yield base


def evidence(evaluator, model, folder, base):
    out = folder / "evidence" / f"{base}.jsonl"
    out.parent.mkdir(parents=True, exist_ok=True)
    command = [evaluator, "--knowledge", folder / "knowledge", "--index", folder / "index", "--model", model, "--base", base]
    subprocess.run([*command, "evidence", "--set", folder / "sets" / base, "--output", out], check=True, capture_output=True)
    questions = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    for q in questions:
        q["x"] = numpy.array([features(c) for c in q["candidates"]]).reshape(-1, len(UNIT))
    return questions


def features(candidate):
    return [1.0, *(float(candidate[name]) for name in UNIT[1:])]


# Kinds of evidence that are left out, to see what they bring.
WITHOUT = set()


# What speaks against an answer never speaks for one, however the few examples fall.
AGAINST = {"numbers_missing", "concepts_missing", "reference", "states_nothing", "unmet_anywhere", "unknown_concept", "unsaid"}


def bounds(names):
    """Of the coefficients: those of what is left out are 0."""
    return [(0.0, 0.0) if name in WITHOUT else (None, 0.0) if name in AGAINST else (None, None) for name in names]


def fit_units(questions, penalty=1e-3):
    """Coefficients of the units' scores: gold against all others and the null option, as in training."""
    chosen = [
        q for q in questions if q["candidates"] and (q["kind"] != "answerable" or any(c["gold"] for c in q["candidates"]))
    ]
    x = numpy.concatenate([q["x"] for q in chosen])
    gold = numpy.array([c["gold"] for q in chosen for c in q["candidates"]], dtype=float)
    lengths = numpy.array([len(q["candidates"]) for q in chosen])
    begins = numpy.concatenate([[0], numpy.cumsum(lengths)[:-1]])
    answered = numpy.add.reduceat(gold, begins) > 0
    start = numpy.array([FIRST["unit"][name] for name in UNIT])

    def loss(w):
        s = x @ w
        top = numpy.maximum(0.0, numpy.maximum.reduceat(s, begins))
        e = numpy.exp(s - numpy.repeat(top, lengths))
        z = numpy.add.reduceat(e, begins) + numpy.exp(-top)
        g = numpy.add.reduceat(e * gold, begins)
        total = (numpy.log(z) - numpy.where(answered, numpy.log(numpy.maximum(g, 1e-300)), -top)).mean()
        weight = e / numpy.repeat(z, lengths) - e * gold / numpy.repeat(numpy.where(answered, g, 1.0), lengths)
        gradient = x.T @ weight / len(chosen)
        return total + penalty * ((w - start) ** 2).sum(), gradient + 2 * penalty * (w - start)

    return minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds(UNIT)).x


def ranked(question, unit):
    """Candidates best first with their scores, as the program sorts them."""
    scores = question["x"] @ unit
    return [(float(scores[at]), question["candidates"][at]) for at in numpy.argsort(-scores, kind="stable")]


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

    return minimize(loss, start, method="L-BFGS-B", bounds=bounds(ANSWER)).x


def probability(question, unit, answer):
    return 1 / (1 + numpy.exp(-numpy.dot(answer_features(question, unit), answer)))


# Candidates of a question that are looked at for quotes.
LOOKED_AT = 12


def quote_features(order, at):
    """Of the candidate at a rank that may be quoted beside the best one."""
    (best, first), (score, candidate) = order[0], order[at]
    return [1.0, score, best - score, float(candidate["document"] != first["document"])]


def fit_quotes(questions, unit, penalty=1e-3):
    """Logistic regression of whether a further candidate answers, too."""
    x, y = [], []
    for q in questions:
        if q["kind"] == "answerable":
            order = ranked(q, unit)[:LOOKED_AT]
            x += [quote_features(order, at) for at in range(1, len(order))]
            y += [candidate["gold"] for _, candidate in order[1:]]
    x, y = numpy.array(x), numpy.array(y, dtype=float)

    def loss(w):
        s = x @ w
        return numpy.logaddexp(0, numpy.where(y > 0, -s, s)).mean() + penalty * (w**2).sum()

    # The two sources are halves of one document, which says little twice: that must not speak against a second source.
    limits = [(0.0, None) if name == "other_source" else (None, None) for name in QUOTE]
    return minimize(loss, numpy.zeros(len(QUOTE)), method="L-BFGS-B", bounds=limits).x


def shown(question, unit, quote, least):
    """The candidates that are shown: at most three quotes of 1,200 characters together."""
    found, room = [], 1200
    order = ranked(question, unit)[:LOOKED_AT]
    for at, (_, candidate) in enumerate(order):
        clears = at == 0 or 1 / (1 + numpy.exp(-numpy.dot(quote_features(order, at), quote))) >= least
        if len(found) < 3 and clears and candidate["characters"] <= room:
            found.append(candidate)
            room -= candidate["characters"]
    return found


def choose_least(questions, unit, answer, threshold, quote):
    """The lowest bar that keeps so many of the shown quotes answering."""
    asked = [q for q in questions if q["kind"] == "answerable" and probability(q, unit, answer) >= threshold]
    low, high = 0.0, 1.0
    for _ in range(7):
        least = (low + high) / 2
        precision = numpy.mean([c["gold"] for q in asked for c in shown(q, unit, quote, least)])
        low, high = (low, least) if precision >= PRECISION else (least, high)
    return high


def fit(questions):
    unit = fit_units(questions)
    answer = fit_answers(questions, unit)
    right = sorted(probability(q, unit, answer) for q in questions if q["kind"] == "answerable")
    threshold = float(right[int(len(right) * (1 - ANSWERED))])
    quote = fit_quotes(questions, unit)
    return unit, answer, threshold, quote, choose_least(questions, unit, answer, threshold, quote)


def figures(questions, unit, answer, threshold, quote, least):
    found = collections.defaultdict(list)
    for q in questions:
        answered = probability(q, unit, answer) >= threshold
        if q["kind"] != "answerable":
            found[q["kind"]].append(not answered)
            continue
        quotes = shown(q, unit, quote, least) if answered else []
        found["answered"].append(answered)
        found["hit1"].append(bool(quotes and quotes[0]["gold"]))
        found["hit_shown"].append(any(c["gold"] for c in quotes))
        found["precision"] += [c["gold"] for c in quotes]
    return {name: float(numpy.mean(values)) for name, values in found.items()}


def cross_validated(by_base):
    """Macro averages of the figures of each base, fitted on the others."""
    rows = []
    for base, questions in by_base.items():
        rest = [q for other, others in by_base.items() if other != base for q in others]
        rows.append(figures(questions, *fit(rest)))
    names = sorted({name for row in rows for name in row})
    return {name: float(numpy.mean([row[name] for row in rows if name in row])) for name in names}


def ablation(by_base):
    """The same without each kind of evidence in turn."""
    for name in [*UNIT[1:], *ANSWER[2:]]:
        WITHOUT.add(name)
        yield name, cross_validated(by_base)
        WITHOUT.clear()


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
        name: max(least, float(numpy.quantile([row[name] for row in rows[count:]], 1 - FALSE_FIXED)))
        for name, least in LEAST_FIXED.items()
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
        off_topic = [message[0] for message in held_messages if data.is_off_topic(message)]
        names = list(bases(folder, found, held, off_topic))
        by_base = {base: evidence(chosen.evaluator, model, folder, base) for base in names}
        everything = [q for questions in by_base.values() for q in questions]
        unit, answer, threshold, quote, least = fit(everything)
        macro = cross_validated(by_base)
        plain = [q for name in held for q, _, label in found[name].questions if not label]
        triage, message, report = triage_thresholds(chosen.binary, folder, held_messages, plain)
        decision = {
            "unit": dict(zip(UNIT, unit)),
            "answer": {**dict(zip(ANSWER, answer)), "threshold": threshold},
            # A neighbour takes no reader to another place and shows what a sentence leans on: it has little to clear.
            "quotes": {**dict(zip(QUOTE, quote)), "least": least, "neighbour": least / 8},
            "triage": triage,
            "message": message,
        }
        write_decision(chosen.model, decision)
    if chosen.ablation:
        for name, found in [("nothing", macro), *ablation(by_base)]:
            print(f"| {name} | " + " | ".join(f"{found[figure]:.3f}" for figure in macro) + " |", flush=True)
        print("| without | " + " | ".join(macro) + " |")
    print(json.dumps({"decision": decision, "held bases, cross-validated": macro, "held messages": report}, indent=1))


if __name__ == "__main__":
    main()
