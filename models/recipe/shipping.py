"""Trained heads become what the box reads: TFLite files, their hashes, the self-check and the chosen bands."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.certainty import SIGNS, certainty
from models.encoders import Encoder
from models.endpoint import RATE, Utterance
from models.evaluate.words import competing, menus
from models.files import HERE, SHIPPED
from models.recipe import tflite, tune
from models.recipe.features import Heard
from models.recipe.learning import Head
from models.recipe.people import clips
from models.recipe.sources import choosing_hours
from models.runtime import Net
from models.spotter import CHECK
from models.vocabulary import NONE, Vocabulary

_SMALL = 12


def ship(language: str, known: Vocabulary, encoders: Sequence[Encoder], heads: Sequence[Head], choose: Heard) -> None:
    """Writes everything of a language into models/."""
    for encoder, head in zip(encoders, heads, strict=True):
        file = SHIPPED / f"head_{language}_{encoder.name}.tflite"
        file.write_bytes(tflite.head(head.weights, head.mean, head.spread, encoder.shape[0]))
        _name(f"head_{language}_{encoder.name}", file, f"the {encoder.name} half of the spotter, {language}")
    _store_check(language, encoders)
    _tune(language, known, heads, choose)


def _name(name: str, file: Path, need: str) -> None:
    """The file's row in models.toml, new or with another hash."""
    table = HERE / "models.toml"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    row = (
        f'[{name}]\nshipped = "{file.name}"\nsha256 = "{digest}"\n'
        f'licence = "MIT (this project, models/recipe)"\nneed = "{need}"\n'
    )
    text = re.sub(rf"\n?\[{name}\]\n(?:[^\[\n].*\n)*", "", table.read_text(encoding="utf-8"))
    table.write_text(f"{text.rstrip()}\n\n{row}", encoding="utf-8")
    from models import files

    files.table.cache_clear()


def _store_check(language: str, encoders: Sequence[Encoder]) -> None:
    """A clip of a training person, and what each half says of it."""
    clip = next(clip for clip in clips() if clip.label == "yes" and clip.split == "train" and clip.kind == "isolated")
    sound = clip.sound()[:RATE]
    kept = dict(np.load(CHECK)) if CHECK.exists() else {}
    kept[f"{language}_sound"] = sound
    for encoder in encoders:
        frames = encoder(Utterance(sound, 0, sound.size, sound.size, 1.0))
        kept[f"{language}_{encoder.name}"] = Net(f"head_{language}_{encoder.name}")(frames[None])[0]
    np.savez_compressed(CHECK, **kept)


def _tune(language: str, known: Vocabulary, heads: Sequence[Head], choose: Heard) -> None:
    """Weights of the halves, of the signs of certainty, and the bands of small and large menus."""
    chances = {head.encoder: head.chances(choose.frames[head.encoder]) for head in heads}
    weights = _weights(chances, choose.labels, known)
    each = {name: (weights[name] * rows).astype(np.float32) for name, rows in chances.items()}
    small = [menu for name in menus() if 2 <= len(menu := competing(name, known)) <= _SMALL]
    hours, sizes = choosing_hours(), {"small": small, "large": [known.labels[:-1]]}
    judged = {name: tune.judged(each, choose.alone, choose.labels, some, known) for name, some in sizes.items()}
    signs = tune.weigh(
        tune.Judged(*(np.concatenate(pair) for pair in zip(*map(_columns, judged.values()), strict=True)))
    )
    rows = [f"[{language}]", f"weights = {{ {', '.join(f'{name} = {value}' for name, value in weights.items())} }}"]
    named = ", ".join(f"{name} = {value:.3f}" for name, value in zip(SIGNS, signs, strict=True))
    rows.append(f"certainty = {{ {named} }}")
    for name, found in judged.items():
        sure, limits = certainty(found.signs, signs), tune.LIMITS[name]
        accept = tune.band(sure, found, limits["accept"], hours, len(sizes[name]))
        confirm = min(accept, tune.band(sure, found, limits["confirm"], hours, len(sizes[name])))
        words = ~found.none
        heard = (found.right & words & (sure >= confirm)).sum() / max(1, words.sum())
        print(f"{language} {name}: accept {accept}, confirm {confirm}, right on choose {heard:.3f}", file=sys.stderr)
        rows.append(f"{name} = {{ accept = {accept}, confirm = {confirm} }}")
    rows += [f"outside = {tune.OUTSIDE}", "longest_s = 2.6", "shortest_s = 0.1", f"small_size = {_SMALL}", ""]
    file = HERE / "tuning.toml"
    others = re.sub(rf"\[{language}\]\n(?:[^\[\n].*\n)*", "", file.read_text(encoding="utf-8")) if file.exists() else ""
    file.write_text(f"{others.rstrip()}\n\n".lstrip() + "\n".join(rows), encoding="utf-8")


def _columns(found: tune.Judged) -> tuple[npt.NDArray[np.generic], ...]:
    return found.signs, found.right, found.none


def _weights(chances: dict[str, npt.NDArray[np.float32]], labels: list[str], known: Vocabulary) -> dict[str, float]:
    """How much each half counts: the split that makes the words of the choosing people likeliest."""
    number = {label: n for n, label in enumerate(known.labels)}
    y = np.array([number[label] for label in labels])
    first, second = chances
    best, kept = -np.inf, {first: 0.5, second: 0.5}
    for share in (0.3, 0.4, 0.5, 0.6, 0.7):
        for scale in (0.8, 1.0, 1.3, 1.6):
            rows = scale * (share * chances[first] + (1 - share) * chances[second])
            rows = rows - rows.max(axis=1, keepdims=True)
            likely = rows[np.arange(len(y)), y] - np.log(np.exp(rows).sum(axis=1))
            found = float(likely[np.array(labels) != NONE].mean() + likely[np.array(labels) == NONE].mean())
            if found > best:
                best, kept = found, {first: round(scale * share, 3), second: round(scale * (1 - share), 3)}
    return kept
