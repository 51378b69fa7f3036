"""Reads the training data: documents cut into units by the program itself, questions and messages.

Nothing here knows of the evaluation sets.
"""

import collections
import hashlib
import json
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
LABELS = ["none", "emergency", "self_harm", "personal_advice"]
TYPES = ["question", "statement", "small_talk", "about_bot", "other_language"]


def digest():
    """SHA-256 over the names and bytes of every file that training reads."""
    total = hashlib.sha256()
    for folder in ("documents", "questions", "messages"):
        for path in sorted((HERE / folder).iterdir()):
            total.update(f"{folder}/{path.name}\0".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def share(name):
    """A number from 0 to 1 that depends on nothing but the name."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32


def plain(text):
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"[*_`]+", "", text)
    return " ".join(text.split())


def telling(text):
    """The longer words of a text, by which one can tell what it is about."""
    return {word for word in re.findall(r"[a-z]+", text.lower()) if len(word) > 5}


class Document:
    def __init__(self, name, units):
        self.name = name
        self.units = [unit for unit in units if unit["kind"] != "heads"]
        self.texts = [plain(unit["text"]) for unit in self.units]
        self.questions = []
        self.telling = telling(" ".join(self.texts))

    def find(self, quote):
        quote = plain(quote)
        # A label such as "A4." or "Kidneys." is a sentence of its own.
        for wanted in (quote, re.sub(r"^.{1,20}?\. ", "", quote)):
            found = [at for at, text in enumerate(self.texts) if wanted in text]
            if found:
                return found
        return []


def documents(binary):
    """Every document with its questions; a question is (words, gold units, label as of a message)."""
    files = sorted((HERE / "documents").glob("*.md"))
    read = subprocess.run([binary, "read", "--json", *files], capture_output=True, text=True, check=True)
    found = {}
    for line in read.stdout.splitlines():
        document = json.loads(line)
        name = pathlib.Path(document["file"]).stem
        found[name] = Document(name, document["units"])
    lost = []
    for path in sorted((HERE / "questions").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            document = found[item["doc"]]
            gold = sorted({at for quote in item["gold"] for at in document.find(quote)})
            if item["gold"] and not gold:
                lost.append((item["doc"], item["q"], item["gold"]))
                continue
            document.questions.append((item["q"], gold, LABELS.index(item.get("k", "none"))))
    return found, lost


def messages():
    """(words, label, type, clause that asks or None, situation) of every message."""
    found = []
    for path in sorted((HERE / "messages").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            ask = item.get("ask") or None
            found.append((item["m"], LABELS.index(item["k"]), TYPES.index(item["type"]), ask, item["sub"]))
    return found


def is_off_topic(message):
    """Whether a message asks for something that no document of a medical community answers."""
    return message[4].startswith("off_topic")


def names(found):
    """Words by which a document is known: those of few documents, such as the name of a medicine."""
    count = collections.Counter(word for document in found.values() for word in document.telling)
    return {word for word, documents in count.items() if documents <= 6}


def is_about_another(question, own, other):
    """Whether a question on `own` says that it is not about `other`: it has a telling word that only `own` has.

    Without one ("how long does it take?") another document may answer it.
    """
    return bool((telling(question) & own.telling) - other.telling)


def split(found):
    """Names of the documents that are trained on, and of those that coefficients and thresholds are fitted on.

    The latter form bases of two documents each; no question of theirs is ever trained on.
    """
    names = sorted(found, key=share)
    held = sorted(names[: max(2, len(names) // 9 // 2 * 2)])
    return sorted(set(names) - set(held)), held


def split_messages(found):
    """Messages that are trained on, and those that thresholds are chosen on: whole situations."""
    held = [message for message in found if share(message[4]) < 0.1]
    return [message for message in found if share(message[4]) >= 0.1], held
