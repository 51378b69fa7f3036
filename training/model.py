"""The encoder and what reads its one pass: token vectors and pooled vector; triage, message type and asking clause.

Above the lower layers the encoder forks: one branch reads for retrieval, the other judges messages.
Loads and writes the 8-bit format of `models/convert.py`.
"""

import json
import math
import pathlib

import numpy
import torch
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

DIMENSIONS, HEADS, LAYERS, SHARED, TOKEN_DIMENSIONS = 384, 12, 6, 3, 128
CONTEXT_PIECES, UNIT_PIECES, QUESTION_PIECES, MESSAGE_PIECES = 24, 64, 64, 192
CLS, SEP = 101, 102
# A cosine below this is no match.
NO_MATCH = 0.6


class Pieces:
    """Texts as word pieces."""

    def __init__(self, folder):
        self.tokenizer = Tokenizer.from_file(str(pathlib.Path(folder) / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()

    def words(self, text):
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def question(self, text, most=QUESTION_PIECES):
        return [CLS, *self.words(text)[: most - 2], SEP]

    def unit(self, text, context):
        """[CLS] the end of the context [SEP] the beginning of the unit [SEP]"""
        before = self.words(context.replace("\n", ". "))[-CONTEXT_PIECES:] if context else []
        return [CLS, *before, SEP, *self.words(text)[: UNIT_PIECES - 1], SEP]

    def asking(self, text, clause, most=MESSAGE_PIECES):
        """1 for each word piece of `question(text)` that stands in the clause."""
        start = text.index(clause)
        spans = self.tokenizer.encode(text, add_special_tokens=False).offsets[: most - 2]
        inside = [float(start <= first and last <= start + len(clause)) for first, last in spans]
        return [0.0, *inside, 0.0]


def padded(rows):
    """Rows of word pieces as a matrix, and which of it is real."""
    width = max(map(len, rows))
    width += -width % 8
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    real = torch.zeros(len(rows), width)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = torch.tensor(row)
        real[at, : len(row)] = 1
    return ids, real


class Dropout(nn.Module):
    """Dropout whose masks are cut from one pool of random bits: drawing each anew takes a tenth of the training."""

    POOL, RATE = 1 << 23, 0.1

    def __init__(self):
        super().__init__()
        kept = torch.rand(self.POOL) >= self.RATE
        self.pool = (kept / (1 - self.RATE)).bfloat16()

    def forward(self, x):
        if not self.training:
            return x
        size = x.numel()
        start = int(torch.randint(self.POOL - size, ()))
        return x * self.pool[start : start + size].view(x.shape).to(x.dtype)


class Layer(nn.Module):
    def __init__(self, drop):
        super().__init__()
        self.attend = nn.Linear(DIMENSIONS, 3 * DIMENSIONS)
        self.project = nn.Linear(DIMENSIONS, DIMENSIONS)
        self.widen = nn.Linear(DIMENSIONS, 4 * DIMENSIONS)
        self.narrow = nn.Linear(4 * DIMENSIONS, DIMENSIONS)
        self.first, self.second = (nn.LayerNorm(DIMENSIONS, eps=1e-12) for _ in range(2))
        self.drop = drop

    def forward(self, x, mask):
        parts = self.attend(x).view(*x.shape[:2], 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        query, key, value = parts
        shares = (query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1]) + mask).softmax(-1)
        mixed = shares.to(value.dtype) @ value
        x = self.first(x + self.drop(self.project(mixed.transpose(1, 2).reshape(x.shape))))
        wide = functional.gelu(self.widen(x), approximate="tanh" if self.training else "none")
        return self.second(x + self.drop(self.narrow(wide)))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.positions = nn.Embedding(30522, DIMENSIONS), nn.Embedding(512, DIMENSIONS)
        self.types = nn.Embedding(2, DIMENSIONS)
        self.normalise = nn.LayerNorm(DIMENSIONS, eps=1e-12)
        self.drop = Dropout()
        self.layers = nn.ModuleList(Layer(self.drop) for _ in range(LAYERS))

    def lower(self, ids, real):
        """What the shared layers make of the word pieces, and the mask for the layers above."""
        at = torch.arange(ids.shape[1])
        x = self.words(ids) + self.positions(at) + self.types.weight[0]
        x = self.drop(self.normalise(x))
        mask = ((real - 1) * 1e4)[:, None, None, :]
        for layer in self.layers[:SHARED]:
            x = layer(x, mask)
        return x, mask

    def forward(self, ids, real):
        x, mask = self.lower(ids, real)
        for layer in self.layers[SHARED:]:
            x = layer(x, mask)
        return x


class Reader(nn.Module):
    """Everything that is learned."""

    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.judging = nn.ModuleList(Layer(self.encoder.drop) for _ in range(LAYERS - SHARED))
        self.token = nn.Linear(DIMENSIONS, TOKEN_DIMENSIONS, bias=False)
        self.weight = nn.Linear(DIMENSIONS, 2)
        self.triage, self.message_type = nn.Linear(2 * DIMENSIONS, 4), nn.Linear(2 * DIMENSIONS, 5)
        self.asking = nn.Linear(DIMENSIONS, 1)
        # Of the score: pooled vectors, matches, and what no unit reaches; `missing` is where a match is one.
        self.pooled, self.matches = nn.Parameter(torch.tensor(8.0)), nn.Parameter(torch.tensor(1.0))
        self.missing, self.null = nn.Parameter(torch.tensor(0.7)), nn.Parameter(torch.tensor(6.0))
        for linear in (self.triage, self.message_type, self.asking, self.weight):
            nn.init.zeros_(linear.weight)
            nn.init.zeros_(linear.bias)
        with torch.no_grad():
            self.weight.bias.copy_(torch.tensor([0.5, -2.0]))

    def read(self, ids, real):
        """Pooled vectors, token vectors and the tokens' weights."""
        x = self.encoder(ids, real).float()
        pooled = (x * real[..., None]).sum(1) / real.sum(1, keepdim=True)
        tokens = functional.normalize(self.token(x), dim=-1)
        weights = functional.softplus(self.weight(x)) * real[..., None]
        return functional.normalize(pooled, dim=-1), tokens, weights

    def scores(self, question, unit, unit_real):
        """Of each question with each unit, over the null option."""
        pooled_q, tokens_q, weights_q = question[:3]
        pooled_u, tokens_u = unit[:2]
        alike = torch.einsum("qid,ujd->quij", tokens_q, tokens_u)
        best = alike.masked_fill(unit_real[None, :, None, :] == 0, -1).amax(-1)
        matches = ((best - NO_MATCH) * weights_q[:, None, :, 0]).sum(-1)
        unmet = (functional.relu(self.missing - best) ** 2 * weights_q[:, None, :, 1]).sum(-1)
        return self.pooled * (pooled_q @ pooled_u.T) + self.matches * matches - unmet - self.null

    def fork(self):
        """Lets the judging branch begin as a copy of the reading one."""
        for own, other in zip(self.judging, self.encoder.layers[SHARED:]):
            own.load_state_dict(other.state_dict())

    def judge(self, ids, real, train_lower=False):
        """Logits of triage, message type, and of each word piece's part in the asking clause."""
        with torch.set_grad_enabled(train_lower and torch.is_grad_enabled()):
            x, mask = self.encoder.lower(ids, real)
        for layer in self.judging:
            x = layer(x, mask)
        x = x.float()
        mean = (x * real[..., None]).sum(1) / real.sum(1, keepdim=True)
        peak = x.masked_fill(real[..., None] == 0, -1e4).amax(1)
        both = torch.cat([mean, peak], -1)
        return self.triage(both), self.message_type(both), self.asking(x)[..., 0]


# Linear layers that stand in the file under their own names.
LINEARS = ("token", "weight", "triage", "message_type", "asking")
NAMES = {
    "words.weight": "embeddings.word_embeddings.weight",
    "positions.weight": "embeddings.position_embeddings.weight",
    "types.weight": "embeddings.token_type_embeddings.weight",
    "normalise": "embeddings.LayerNorm",
    "project": "attention.output.dense",
    "first": "attention.output.LayerNorm",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
    "second": "output.LayerNorm",
}


def stored(encoder):
    """(name in the file, tensor) of the encoder."""
    for name, tensor in encoder.state_dict().items():
        parts = name.split(".")
        if parts[0] == "layers":
            yield from stored_layer(f"encoder.layer.{parts[1]}", ".".join(parts[2:]), tensor)
        else:
            yield NAMES.get(name) or f"{NAMES[parts[0]]}.{parts[1]}", tensor


def stored_branch(judging):
    """The same of the judging branch, whose layers are counted on from the shared ones."""
    for name, tensor in judging.state_dict().items():
        number, rest = name.split(".", 1)
        yield from stored_layer(f"judging.layer.{int(number) + SHARED}", rest, tensor)


def stored_layer(prefix, name, tensor):
    """Query, key and value stand apart in the file."""
    part, kind = name.split(".")
    if part == "attend":
        for third, rows in zip(("query", "key", "value"), tensor.chunk(3)):
            yield f"{prefix}.attention.self.{third}.{kind}", rows
    else:
        yield f"{prefix}.{NAMES[part]}.{kind}", tensor


def load(parts, folder):
    """Takes weights, given as pairs of a name in the file and a tensor, from a folder of `models`."""
    tensors = load_file(str(pathlib.Path(folder) / "model.q8.safetensors"))
    with torch.no_grad():
        for name, tensor in parts:
            found = tensors[name].astype(numpy.float32)
            if name + ".scale" in tensors:
                found = found * tensors[name + ".scale"][:, None]
            tensor.copy_(torch.from_numpy(found))


def load_reader(folder):
    """The model as its file has it, with 8-bit rows."""
    reader = Reader()
    linears = [
        (f"{name}.{part}", tensor) for name in LINEARS for part, tensor in getattr(reader, name).state_dict().items()
    ]
    load((*stored(reader.encoder), *stored_branch(reader.judging), *linears), folder)
    tensors = load_file(str(pathlib.Path(folder) / "model.q8.safetensors"))
    with torch.no_grad():
        for scalar, value in zip((reader.pooled, reader.matches, reader.missing, reader.null), tensors["scalars"]):
            scalar.fill_(float(value))
    return reader.eval()


def quantised(name, tensor):
    tensor = tensor.detach().float().numpy()
    if tensor.ndim != 2:
        return {name: tensor}
    scale = numpy.abs(tensor).max(axis=1).astype(numpy.float32) / numpy.float32(127)
    divisor = numpy.where(scale == 0, 1, scale)[:, None]
    return {name: numpy.rint(tensor / divisor).clip(-127, 127).astype(numpy.int8), name + ".scale": scale}


def write(reader, path):
    """Writes all weights: matrices as 8-bit rows, and `reader.scalars` with what is one number."""
    tensors = {}
    for name, tensor in (*stored(reader.encoder), *stored_branch(reader.judging)):
        tensors.update(quantised(name, tensor))
    for name in LINEARS:
        linear = getattr(reader, name)
        tensors.update(quantised(f"{name}.weight", linear.weight))
        if linear.bias is not None:
            tensors[f"{name}.bias"] = linear.bias.detach().numpy()
    scalars = [reader.pooled, reader.matches, reader.missing, reader.null]
    tensors["scalars"] = numpy.array([scalar.item() for scalar in scalars], dtype=numpy.float32)
    save_file({name: numpy.ascontiguousarray(tensor) for name, tensor in sorted(tensors.items())}, str(path))


def rounded(reader):
    """Replaces every matrix by what its 8-bit rows say, so that what is measured is what is written."""
    with torch.no_grad():
        for tensor in reader.parameters():
            if tensor.ndim == 2:
                parts = quantised("x", tensor)
                tensor.copy_(torch.from_numpy(parts["x"].astype(numpy.float32) * parts["x.scale"][:, None]))
