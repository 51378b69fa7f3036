#!/usr/bin/env python3
"""Checks a file of training questions: python3 check.py questions/FILE.jsonl"""
import json, pathlib, re, sys, collections

HERE = pathlib.Path(__file__).resolve().parent
VOICES = {"clinician", "plain", "lay", "slang", "typo", "keywords", "story", "yesno"}


def plain(text):
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)      # links
    text = re.sub(r"[*_`]+", "", text)
    return " ".join(text.split())


def text_of(doc):
    body = (HERE / "documents" / f"{doc}.md").read_text(encoding="utf-8").split("+++", 2)[2]
    lines = []
    for line in body.splitlines():
        line = re.sub(r"^\s*(#+|[-*+]|\d+[.)]|>)\s+", "", line)
        if line.strip().startswith("|"):
            line = " | ".join(cell.strip() for cell in line.strip().strip("|").split("|"))
        lines.append(line)
    return plain("\n".join(lines))


def main(path):
    wrong, texts, count, voices, asked = [], {}, collections.Counter(), collections.Counter(), set()
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            doc, question, gold, kind, voice = (item[k] for k in ("doc", "q", "gold", "kind", "voice"))
        except (ValueError, KeyError) as error:
            wrong.append(f"{number}: {error!r}")
            continue
        if doc not in texts:
            try:
                texts[doc] = text_of(doc)
            except OSError as error:
                wrong.append(f"{number}: {error}")
                continue
        if kind not in ("ans", "near") or (kind == "ans") != bool(gold):
            wrong.append(f"{number}: kind {kind} with {len(gold)} gold")
        if voice not in VOICES:
            wrong.append(f"{number}: voice {voice}")
        if (doc, question.lower()) in asked:
            wrong.append(f"{number}: asked twice")
        asked.add((doc, question.lower()))
        for quote in gold:
            found = texts[doc].count(plain(quote))
            # A document may say the same sentence twice; then both answer.
            if found == 0 or found > 2:
                wrong.append(f"{number}: stands {found} times in {doc}: {quote[:60]!r}")
            if len(quote.split()) < 3 and len(quote) < 12:
                wrong.append(f"{number}: too short to be told apart: {quote!r}")
        count[doc, kind] += 1
        voices[voice] += 1
    for doc in texts:
        ans, near = count[doc, "ans"], count[doc, "near"]
        if ans + near < 28 or not 0.30 <= near / max(1, ans + near) <= 0.40:
            wrong.append(f"{doc}: {ans} ans, {near} near; wanted 28 or more, about 35 % near")
    print(*wrong, sep="\n")
    print(f"{sum(count.values())} questions, {len(texts)} documents, {dict(voices)}, {len(wrong)} problems")
    return bool(wrong)


sys.exit(main(sys.argv[1]))
