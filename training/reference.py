"""Writes what the trained model makes of a few texts, computed in full precision by the training code, so that a test can
hold the program's own code to it.

    python reference.py --model ../models/reader --output ../tests/fixtures/reader/reference.json
"""

import argparse
import json
import pathlib

import torch

import model
from model import padded

HERE = pathlib.Path(__file__).resolve().parent

MESSAGES = [
    "What are the side effects?",
    "LDN",
    "Can I take low-dose naltrexone while I am pregnant?",
    "Vivid dreams again 😴💊 — is 4.5mg too much?",
    "Crohn’s disease; Sjögren’s syndrome; fibromyalgia (n = 31, p < 0.001).",
    "I started it in May and it was fine for weeks. Since Monday my hands shake. Is that a known effect?",
    "how many would it take so i dont wake up",
    "thanks so much!",
    "Welche Nebenwirkungen hat das?",
    # Longer than one window.
    "The dose was raised by half a milligram every fortnight, and nothing happened. " * 20 + "Can I stop?",
]
UNITS = [
    ("Amlodipine tablets\nSide effects", "Swelling of the ankles is common."),
    ("", "It is taken at bedtime."),
    ("A review\nHow it was studied\nThe trials were:", "a cross-over trial with 31 women, who took 4.5 mg or placebo for twelve weeks"),
    # Cut at both limits.
    ("A long title of a long document. " * 20, "The usual dose is 2 mg. " * 40),
]


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, default=HERE.parent / "models/reader")
    parser.add_argument("--output", type=pathlib.Path, default=HERE.parent / "tests/fixtures/reader/reference.json")
    chosen = parser.parse_args()
    reader, pieces = model.load_reader(chosen.model), model.Pieces(chosen.model)
    units = [padded([pieces.unit(text, context)]) for context, text in UNITS]
    read_units = [(*reader.read(*unit)[:2], unit[1]) for unit in units]
    rows = []
    for message in MESSAGES:
        ids, real = padded([pieces.question(message, model.MESSAGE_PIECES)])
        count = int(real.sum())
        triage, kind, asking = reader.judge(ids, real)
        read = reader.read(ids, real)
        scores = [float(reader.scores(read, unit[:2], unit[2])[0, 0]) for unit in read_units]
        rows.append({
            "text": message,
            "pieces": count,
            "pooled": [round(value, 5) for value in read[0][0].tolist()],
            "triage": triage.softmax(-1)[0].tolist(),
            "message_type": kind.softmax(-1)[0].tolist(),
            "asking": [round(value, 4) for value in asking.sigmoid()[0, :count].tolist()],
            "scores": scores,
        })
    reference = {"units": [{"context": context, "text": text} for context, text in UNITS], "messages": rows}
    chosen.output.parent.mkdir(parents=True, exist_ok=True)
    chosen.output.write_text(json.dumps(reference, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
