"""YAML as DVC writes it. Where its library is not installed, JSON, which every reader of YAML reads."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .events import Json

LISTS = ("params", "metrics", "plots")


def yaml(value: Json) -> bytes:
    """A value as YAML."""
    writer = _library()
    if writer is None:
        return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
    out = io.StringIO()
    writer.dump(value, out)
    return out.getvalue().encode()


def read(path: Path) -> Any:
    """What a file says, with its comments; None where there is none, or it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return None
    library = _library()
    try:
        return json.loads(text) if library is None else library.load(text)
    except Exception as error:  # noqa: BLE001  # a library's own errors, of several kinds
        raise OSError(f"{path.name} cannot be read as YAML: {error}") from None


def with_entries(path: Path, said: Mapping[str, Any], folder: str) -> bytes:
    """The `dvc.yaml` at `path` with these entries in the place of those that concern `folder`.

    What others wrote into it stays, comments too.

    Raises:
        OSError: it is there and cannot be read.
    """
    held = read(path)
    if held is None:
        return yaml(dict(said))
    if not isinstance(held, dict):
        raise OSError(f"{path.name} is no mapping; nothing was written into it")
    for name in LISTS:
        entries = [one for one in held.get(name) or [] if not _concerns(one, folder)]
        entries += said.get(name, [])
        _set(held, name, entries)
    artifacts = {
        name: one
        for name, one in (held.get("artifacts") or {}).items()
        if folder not in str(one.get("path", folder))
    }
    _set(held, "artifacts", artifacts | dict(said.get("artifacts", {})))
    return yaml(held)


def _concerns(entry: Any, folder: str) -> bool:
    if isinstance(entry, dict) and len(entry) == 1:
        return folder in next(iter(entry))
    return isinstance(entry, str) and folder in entry


def _set(held: dict[str, Any], name: str, value: Any) -> None:
    if value:
        held[name] = value
    else:
        held.pop(name, None)


def _library() -> Any:
    try:
        from ruamel.yaml import YAML
    except ImportError:
        return None
    library = YAML()
    library.default_flow_style = False
    return library
