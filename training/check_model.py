#!/usr/bin/env python3
"""Checks that the model fits its records: python3 training/check_model.py

The weights are those that training wrote, from the data that is here; every file has the digest in SHA256SUMS; and the
figures in the model card are those that `evaluation/run.py --json` wrote. Standard library only.
"""

import hashlib
import json
import pathlib
import sys

import data

HERE = pathlib.Path(__file__).resolve().parent
MODEL = HERE.parent / "models" / "reader"


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main():
    wrong = []
    made = json.loads((MODEL / "training.json").read_text(encoding="utf-8"))
    if made["weights"] != digest(MODEL / "model.q8.safetensors"):
        wrong.append("the weights are not those that training.json tells of")
    if made["data"] != data.digest():
        wrong.append("training/ has changed since the weights were made: train again, or take the change back")
    if made["start"] != digest(HERE.parent / "models/all-minilm-l6-v2/model.q8.safetensors"):
        wrong.append("the weights that training starts from have changed")
    for line in (MODEL / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        expected, name = line.split("  ")
        if digest(MODEL / name) != expected:
            wrong.append(f"{name} has another digest than SHA256SUMS says")
    card = (MODEL / "README.md").read_text(encoding="utf-8")
    figures = json.loads((MODEL / "figures.json").read_text(encoding="utf-8"))
    for group in ("all", "careful", "typed"):
        for name, figure in figures[group].items():
            if f"{figure['macro']:.3f}" not in card:
                wrong.append(f"the model card lacks {name} ({group}) = {figure['macro']:.3f}")
    for name, value in figures["messages"].items():
        if f"{value:.4f}" not in card:
            wrong.append(f"the model card lacks {name} = {value:.4f}")
    print(*wrong, sep="\n")
    print(f"{len(wrong)} problems")
    return bool(wrong)


sys.exit(main())
