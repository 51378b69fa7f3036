"""Trains the reader on a CPU.

    python train.py --binary ../target/release/verbatim --output ../models/reader

First everything together, a step being one document with its questions and some messages; then the judging branch alone,
on all messages and all questions, while the layers that it shares stay as they are.
"""

import argparse
import collections
import hashlib
import json
import math
import pathlib
import random
import shutil
import time

import numpy
import torch
from torch.nn import functional

import data
import model
from model import padded

HERE = pathlib.Path(__file__).resolve().parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=HERE.parent / "target/release/verbatim", type=pathlib.Path)
    parser.add_argument("--start", default=HERE.parent / "models/all-minilm-l6-v2", type=pathlib.Path)
    parser.add_argument("--output", type=pathlib.Path, help="where the weights go; nothing is written without it")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--stop-after", type=int, help="end that schedule early, after so many epochs")
    parser.add_argument("--resume", type=pathlib.Path, help="go on from the model in this folder, after the epochs that it has behind it")
    parser.add_argument("--judging-epochs", type=int, default=4)
    parser.add_argument("--judging-of", type=pathlib.Path, help="take a trained model from this folder and train its judging branch alone")
    parser.add_argument("--rate", type=float, default=8e-5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=1.0, help="share of the documents and messages, for a learning curve")
    parser.add_argument("--context", choices=["all", "headings", "none"], default="all")
    parser.add_argument("--log", type=pathlib.Path, help="a file of JSON lines with the figures of each epoch")
    return parser.parse_args()


# The share of questions and messages in which a slip of the fingers is put while training.
SLIPS = 0.2


def slipped(text, chance):
    """A text with two letters of a long word exchanged, or one of them left out or typed twice."""
    words = text.split(" ")
    long = [at for at, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if not long:
        return text
    at = chance.choice(long)
    word, place = words[at], chance.randrange(1, len(words[at]) - 1)
    words[at] = chance.choice([
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        word[:place] + word[place + 1 :],
        word[:place] + word[place] + word[place:],
    ])
    return " ".join(words)


class Texts:
    """Units and questions as word pieces, cut once."""

    def __init__(self, pieces, found, context):
        self.pieces, self.found = pieces, found
        self.units, self.questions = {}, {}
        for name, document in found.items():
            self.units[name] = [pieces.unit(unit["text"], self.context(unit, context)) for unit in document.units]
            self.questions[name] = [pieces.question(question) for question, _, _ in document.questions]

    def label(self, name, number):
        """Of a question as a message: 0, or that of the urgent card that it calls for."""
        return self.found[name].questions[number][2]

    def question(self, name, number, chance):
        """A question for training, some with a slip in it."""
        if chance.random() >= SLIPS:
            return self.questions[name][number]
        return self.pieces.question(slipped(self.found[name].questions[number][0], chance))

    @staticmethod
    def context(unit, kind):
        lines = unit["context"].split("\n")
        return "" if kind == "none" else "\n".join(lines if kind == "all" else lines[1:])


def of_like_length(rows, size, chance):
    """Batches of things, given with their lengths: of like length each, so that little is padding, in random order."""
    chance.shuffle(rows)
    batches = []
    for first in range(0, len(rows), size * 24):
        block = sorted(rows[first : first + size * 24], key=lambda row: row[1])
        batches += [[thing for thing, _ in block[at : at + size]] for at in range(0, len(block), size)]
    chance.shuffle(batches)
    return batches


# Units a step compares with, of the document and of others.
OWN_UNITS, OTHER_UNITS = 88, 16
# Questions of the document; questions of other documents, messages and questions on other matters, none of which it answers.
OWN_QUESTIONS, OTHER_QUESTIONS, MESSAGES, OFF_TOPIC = 32, 6, 4, 4


class Steps:
    """One step is one document with its questions, units and questions of others, and some messages."""

    def __init__(self, found, texts, names, messages, chance):
        self.found, self.texts, self.names, self.chance = found, texts, names, chance
        self.messages = messages
        self.asking = [
            texts.pieces.asking(words, ask) if ask and ask in words else None for words, _, _, ask, _ in messages
        ]
        self.pieces = [texts.pieces.question(message[0], model.MESSAGE_PIECES) for message in messages]
        names_of_all = data.names({name: found[name] for name in names})
        self.telling = [data.telling(message[0]) & names_of_all for message in messages]
        calm = {data.LABELS.index("none"), data.LABELS.index("personal_advice")}
        self.off_topic = [at for at, message in enumerate(messages) if data.is_off_topic(message)]
        self.unasked = [
            at for at, (_, label, kind, _, _) in enumerate(messages)
            if label in calm and (self.telling[at] or data.TYPES[kind] not in ("question", "statement"))
        ]

    def epoch(self):
        order = self.names[:]
        self.chance.shuffle(order)
        each = math.ceil(len(self.pieces) / len(order))
        rows = of_like_length([(at, len(pieces)) for at, pieces in enumerate(self.pieces)], each, self.chance)
        for at, name in enumerate(order):
            yield self.retrieval(name), self.heads(rows[at % len(rows)])

    def retrieval(self, name):
        document, chance = self.found[name], self.chance
        chosen = chance.sample(range(len(document.questions)), min(OWN_QUESTIONS, len(document.questions)))
        wanted = sorted({at for number in chosen for at in document.questions[number][1]})
        rest = [at for at in range(len(document.units)) if at not in set(wanted)]
        own = wanted + chance.sample(rest, min(len(rest), max(0, OWN_UNITS - len(wanted))))
        place = {at: row for row, at in enumerate(own)}
        units = [self.texts.units[name][at] for at in own]
        others = [other for other in self.names if other != name]
        for other in chance.sample(others, 2):
            units += chance.sample(self.texts.units[other], OTHER_UNITS // 2)
        questions = [self.texts.question(name, number, chance) for number in chosen]
        gold = torch.zeros(len(chosen) + OTHER_QUESTIONS + MESSAGES + OFF_TOPIC, len(units))
        for row, number in enumerate(chosen):
            for at in document.questions[number][1]:
                gold[row, place[at]] = 1
        plain = [pieces for pieces, number in zip(questions, chosen) if not self.texts.label(name, number)]
        questions += self.questions_of_others(document, others)
        questions += self.messages_on_others(document, self.unasked, MESSAGES)
        questions += self.messages_on_others(document, self.off_topic, OFF_TOPIC)
        return questions, units, gold, plain

    def messages_on_others(self, document, places, count):
        """Messages that no unit of the document answers: those at `places` that do not name its subject."""
        found = []
        while len(found) < count:
            at = self.chance.choice(places)
            if not self.telling[at] or self.telling[at] - document.telling:
                found.append(self.texts.pieces.question(self.messages[at][0]))
        return found

    def questions_of_others(self, document, others):
        """Questions that no unit of the document answers, as they say that they are about something else."""
        found = []
        while len(found) < OTHER_QUESTIONS:
            other = self.chance.choice(others)
            number = self.chance.randrange(len(self.found[other].questions))
            if data.is_about_another(self.found[other].questions[number][0], self.found[other], document):
                found.append(self.texts.question(other, number, self.chance))
        return found

    def heads(self, rows):
        labels = torch.tensor([self.messages[row][1] for row in rows], dtype=torch.long)
        types = torch.tensor([self.messages[row][2] for row in rows], dtype=torch.long)
        ids = [self.pieces[row] for row in rows]
        slips = [self.chance.random() < SLIPS for _ in rows]
        for at, row in enumerate(rows):
            if slips[at]:
                ids[at] = self.texts.pieces.question(slipped(self.messages[row][0], self.chance), model.MESSAGE_PIECES)
        width = max(map(len, ids), default=0)
        width += -width % 8
        asks = torch.full((len(rows), width), -1.0)
        for at, row in enumerate(rows):
            if self.asking[row] is not None and not slips[at]:
                asks[at, : len(ids[at])] = torch.tensor(self.asking[row])
        return ids, labels, types, asks


def read(reader, rows):
    """Reads rows of very different lengths in a few passes, so that little is padding."""
    order = sorted(range(len(rows)), key=lambda at: len(rows[at]))
    width = max(map(len, rows))
    width += -width % 8
    outputs = [None] * len(rows)
    for first in range(0, len(order), 32):
        chosen = order[first : first + 32]
        ids, real = padded([rows[at] for at in chosen])
        pooled, tokens, weights = reader.read(ids, real)
        missing = width - ids.shape[1]
        tokens, weights = (functional.pad(x, (0, 0, 0, missing)) for x in (tokens, weights))
        real = functional.pad(real, (0, missing))
        for row, at in enumerate(chosen):
            outputs[at] = (pooled[row], tokens[row], weights[row], real[row])
    return [torch.stack(part) for part in zip(*outputs)]


def judging_loss(reader, batch, questions, train_lower):
    """Of messages with their labels, and of questions on documents, which call for no urgent card and hardly for another.

    Every text weighs the same.
    """
    ids, labels, types, asks = batch
    count, total = len(ids), len(ids) + len(questions)
    ids, real = padded([*ids, *questions])
    triage, kind, asking = reader.judge(ids, real, train_lower)
    plain = triage[count:].log_softmax(-1)
    plain = -(plain[:, [0, 3]].logsumexp(-1) + 0.3 * plain[:, 0]).sum() / total
    triage = functional.cross_entropy(triage[:count], labels, label_smoothing=0.02, reduction="sum") / total
    types = torch.cat([types, torch.zeros(len(questions), dtype=torch.long)])
    kind = functional.cross_entropy(kind, types, label_smoothing=0.02)
    width = min(asks.shape[1], asking.shape[1])
    known = asks[:, :width] >= 0
    asked = asking[:count, :width][known]
    asked = functional.binary_cross_entropy_with_logits(asked, asks[:, :width][known]) if known.any() else 0
    return 3 * triage + 3 * plain + 0.3 * kind + 0.3 * asked, (triage, plain, kind, asked)


def loss_of(reader, step):
    (questions, units, gold, plain), batch = step
    question, unit = read(reader, questions), read(reader, units)
    scores = reader.scores(question, unit, unit[3])
    everything = functional.softplus(scores.logsumexp(1))
    answers = scores.masked_fill(gold == 0, -1e9).logsumexp(1)
    answered = gold.any(1)
    retrieval = (everything - torch.where(answered, answers, torch.zeros_like(answers))).mean()
    judging, parts = judging_loss(reader, batch, plain[::2], True)
    return retrieval + judging, [float(loss) for loss in (retrieval, *parts)]


# Texts that the judging branch sees at once.
JUDGED = 48


def judging_batches(steps, chance):
    """All messages and all questions once, in batches of like length in random order."""
    texts = steps.texts
    rows = [(at, len(pieces)) for at, pieces in enumerate(steps.pieces)]
    for name in steps.names:
        rows += [((name, at), len(pieces)) for at, pieces in enumerate(texts.questions[name])]
    for batch in of_like_length(rows, JUDGED, chance):
        places = [place for place in batch if not isinstance(place, int)]
        urgent = [place for place in places if texts.label(*place)]
        messages = steps.heads([at for at in batch if isinstance(at, int)])
        yield with_urgent(messages, texts, urgent, chance), [
            texts.question(*place, chance) for place in places if not texts.label(*place)
        ]


def with_urgent(batch, texts, urgent, chance):
    """Adds questions that call for an urgent card to a batch of messages."""
    ids, labels, types, asks = batch
    more = torch.tensor([texts.label(*place) for place in urgent], dtype=torch.long)
    ids = [*ids, *(texts.question(*place, chance) for place in urgent)]
    asks = torch.cat([asks, torch.full((len(urgent), asks.shape[1]), -1.0)])
    return ids, torch.cat([labels, more]), torch.cat([types, torch.zeros_like(more)]), asks


def train_judging(reader, steps, chosen):
    """The judging branch alone."""
    body = list(reader.judging.parameters())
    heads = [tensor for linear in (reader.triage, reader.message_type, reader.asking) for tensor in linear.parameters()]
    rate = chosen.rate / 2
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": rate, "weight_decay": 0.01}, {"params": heads, "lr": rate * 12, "weight_decay": 0.0}],
        betas=(0.9, 0.98),
    )
    total = chosen.judging_epochs * (len(steps.pieces) + sum(len(steps.texts.questions[name]) for name in steps.names)) // JUDGED
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, cosine(total))
    began, average = time.time(), None
    for epoch in range(1, chosen.judging_epochs + 1):
        losses = []
        for batch, questions in judging_batches(steps, steps.chance):
            with torch.autocast("cpu", torch.bfloat16):
                loss, parts = judging_loss(reader, batch, questions, False)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(body + heads, 1.0)
            optimiser.step()
            schedule.step()
            losses.append([float(part) for part in parts])
            if epoch == chosen.judging_epochs and len(losses) % Average.EVERY == 0:
                average = average or Average(reader)
                average.add(reader)
        print(f"  judging, epoch {epoch}, {time.time() - began:.0f} s", numpy.mean(losses, 0).round(3), flush=True)
    (average or Average(reader)).put(reader)


def cosine(total):
    """A factor of the learning rate: a short rise, then down to 3 %."""
    warm = max(10, total // 12)
    return lambda at: min(1, (at + 1) / warm) * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * min(1, at / total))))


class Average:
    """A running average of all weights, which does better than the last ones."""

    KEPT, EVERY = 0.95, 4

    def __init__(self, reader):
        self.weights = [tensor.detach().clone() for tensor in reader.parameters()]

    @torch.no_grad()
    def add(self, reader):
        for average, tensor in zip(self.weights, reader.parameters()):
            average.lerp_(tensor, 1 - self.KEPT)

    @torch.no_grad()
    def put(self, reader):
        for average, tensor in zip(self.weights, reader.parameters()):
            tensor.copy_(average)


def area(better, worse):
    better, worse = numpy.array(better)[:, None], numpy.array(worse)[None]
    return float(((better > worse) + 0.5 * (better == worse)).mean())


@torch.no_grad()
def figures(reader, found, texts, held, messages):
    """On documents and messages that are not trained on."""
    reader.eval()
    first = three = asked = 0
    best = collections.defaultdict(list)
    for pair in zip(held[::2], held[1::2]):
        with torch.autocast("cpu", torch.bfloat16):
            unit = read(reader, [row for name in pair for row in texts.units[name]])
            starts = dict(zip(pair, (0, len(texts.units[pair[0]]))))
            for name in pair:
                question = read(reader, texts.questions[name])
                scores = reader.scores(question, unit, unit[3]).numpy()
                for row, (_, gold, _) in zip(scores, found[name].questions):
                    best["answered" if gold else "near"].append(float(row.max()))
                    if gold:
                        order = list(numpy.argsort(-row))
                        rank = min(order.index(at + starts[name]) for at in gold)
                        first, three, asked = first + (rank < 1), three + (rank < 3), asked + 1
    threshold = numpy.quantile(best["answered"], 0.07)
    found = {
        "hit1": first / asked, "hit3": three / asked,
        "auc_near": area(best["answered"], best["near"]),
        "near_at_93": float(numpy.mean(numpy.array(best["near"]) < threshold)),
    }
    right, logits = collections.defaultdict(list), []
    for at in range(0, len(messages), 32):
        ids, real = padded([texts.pieces.question(message[0], model.MESSAGE_PIECES) for message in messages[at : at + 32]])
        with torch.autocast("cpu", torch.bfloat16):
            triage, kind, _ = reader.judge(ids, real)
        logits.append(triage.float().softmax(-1))
        for row, message in enumerate(messages[at : at + 32]):
            right["type"].append(int(kind[row].argmax()) == message[2])
    probabilities = torch.cat(logits).numpy()
    urgent = probabilities[:, 1] + probabilities[:, 2]
    for row, message in zip(probabilities, messages):
        right[data.LABELS[message[1]]].append(row.argmax() == message[1])
    found.update({name: float(numpy.mean(values)) for name, values in right.items()})
    dangerous = numpy.array([message[1] in (1, 2) for message in messages])
    found["urgent_auc"] = area(urgent[dangerous], urgent[~dangerous])
    reader.train()
    return found


def groups(reader, rate):
    """The heads learn faster than the encoder, its tables slower."""
    tables = [reader.encoder.words.weight, reader.encoder.positions.weight, reader.encoder.types.weight]
    known = {id(tensor) for tensor in tables}
    layers = [*reader.encoder.parameters(), *reader.judging.parameters()]
    body = [tensor for tensor in layers if id(tensor) not in known]
    inside = {id(tensor) for tensor in layers}
    heads = [tensor for tensor in reader.parameters() if id(tensor) not in inside and tensor.ndim > 0 and tensor is not reader.token.weight]
    scalars = [tensor for tensor in reader.parameters() if tensor.ndim == 0]
    return [
        {"params": body, "lr": rate, "weight_decay": 0.01},
        {"params": tables, "lr": rate * 0.2, "weight_decay": 0.0},
        {"params": [reader.token.weight], "lr": rate * 4, "weight_decay": 0.0},
        {"params": heads, "lr": rate * 12, "weight_decay": 0.0},
        {"params": scalars, "lr": rate * 100, "weight_decay": 0.0},
    ]


@torch.no_grad()
def start_projection(reader, texts, names):
    """The token vectors begin as the principal directions of the untrained model's."""
    rows = [row for name in names for row in texts.units[name][:12]]
    states = []
    for at in range(0, len(rows), 64):
        ids, real = padded(rows[at : at + 64])
        x = reader.encoder(ids, real)
        states.append(functional.normalize(x[real.bool()], dim=-1))
    states = torch.cat(states)
    _, _, directions = torch.linalg.svd(states.T @ states)
    reader.token.weight.copy_(directions[: model.TOKEN_DIMENSIONS])


def record(chosen, history, digests):
    """Writes what the weights were made from, so that `check_model.py` can tell whether they still fit."""
    made = {
        **digests,
        "start": hashlib.sha256((chosen.start / "model.q8.safetensors").read_bytes()).hexdigest(),
        "weights": hashlib.sha256((chosen.output / "model.q8.safetensors").read_bytes()).hexdigest(),
        "seed": chosen.seed, "epochs": chosen.epochs, "judging_epochs": chosen.judging_epochs, "rate": chosen.rate,
        "share": chosen.share,
        "history": history,
    }
    (chosen.output / "training.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


class Run:
    """One training with all that it needs."""

    def __init__(self, chosen):
        # Before the data is read: what is changed meanwhile must not be certified.
        digest = data.digest()
        self.chosen, self.digests, self.history = chosen, {"data": digest, "reading_data": digest}, []
        found, lost = data.documents(chosen.binary)
        messages, self.held_messages = data.split_messages(data.messages())
        names, self.held = data.split(found)
        if chosen.share < 1:
            names = [name for name in names if data.share(name + "part") < chosen.share]
            messages = [message for message in messages if data.share(message[0]) < chosen.share]
        self.found, self.names = found, names
        self.texts = Texts(model.Pieces(chosen.start), found, chosen.context)
        self.steps = Steps(found, self.texts, names, messages, random.Random(chosen.seed))
        self.reader, self.began = model.Reader(), time.time()
        print(f"{len(names)} documents, {len(messages)} messages; {len(lost)} questions without their answer", flush=True)

    def start(self):
        """Makes the model that training begins with, and tells how many epochs it has behind it."""
        if self.chosen.resume:
            self.reader = model.load_reader(self.chosen.resume).train()
            self.history = json.loads((self.chosen.resume / "training.json").read_text(encoding="utf-8"))["history"]
            return len(self.history)
        model.load(model.stored(self.reader.encoder), self.chosen.start)
        self.reader.fork()
        self.reader.eval()
        start_projection(self.reader, self.texts, self.names)
        self.reader.train()
        return 0

    def everything(self):
        chosen, names = self.chosen, self.names
        behind = self.start()
        reader = self.reader
        optimiser = torch.optim.AdamW(groups(reader, chosen.rate), betas=(0.9, 0.98))
        factor = cosine(chosen.epochs * len(names))
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda at: factor(at + behind * len(names)))
        average = None
        last = chosen.stop_after or chosen.epochs
        for epoch in range(behind + 1, last + 1):
            losses = []
            for step in self.steps.epoch():
                with torch.autocast("cpu", torch.bfloat16):
                    loss, parts = loss_of(reader, step)
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
                optimiser.step()
                schedule.step()
                losses.append(parts)
                if epoch == last and len(losses) % Average.EVERY == 0:
                    average = average or Average(reader)
                    average.add(reader)
                if len(losses) % 20 == 0:
                    passed = time.time() - self.began
                    print(f"  {len(losses)} of {len(names)}, {passed:.0f} s", numpy.mean(losses, 0).round(3), flush=True)
            if epoch == last:
                (average or Average(reader)).put(reader)
            self.report({"epoch": epoch, "losses": numpy.mean(losses, 0).round(4).tolist()})

    def judging(self):
        """The judging branch alone, and what is written in the end."""
        if self.chosen.judging_of:
            self.reader = model.load_reader(self.chosen.judging_of).train()
            earlier = json.loads((self.chosen.judging_of / "training.json").read_text(encoding="utf-8"))
            self.history, self.digests["reading_data"] = earlier["history"], earlier["reading_data"]
        train_judging(self.reader, self.steps, self.chosen)
        model.rounded(self.reader)
        self.report({"epoch": "judging"})

    def report(self, head):
        scalars = (self.reader.pooled, self.reader.matches, self.reader.missing, self.reader.null)
        found = figures(self.reader, self.found, self.texts, self.held, self.held_messages)
        result = {
            **head, "seconds": round(time.time() - self.began), **{name: round(value, 3) for name, value in found.items()},
            "scalars": [round(value.item(), 3) for value in scalars],
        }
        print(json.dumps(result), flush=True)
        chosen = self.chosen
        if chosen.log:
            with open(chosen.log, "a", encoding="utf-8") as log:
                log.write(json.dumps({"seed": chosen.seed, "share": chosen.share, "context": chosen.context, **result}) + "\n")
        self.history.append(result)
        if chosen.output:
            chosen.output.mkdir(parents=True, exist_ok=True)
            model.write(self.reader, chosen.output / "model.q8.safetensors")
            shutil.copy(chosen.start / "tokenizer.json", chosen.output / "tokenizer.json")
            record(chosen, self.history, self.digests)


def main():
    chosen = arguments()
    random.seed(chosen.seed)
    torch.manual_seed(chosen.seed)
    run = Run(chosen)
    if not chosen.judging_of:
        run.everything()
    run.judging()


if __name__ == "__main__":
    main()
