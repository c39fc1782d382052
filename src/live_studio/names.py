"""Names for experiments that were given none: two words, drawn by chance."""

from __future__ import annotations

from pathlib import Path

# fmt: off
_FIRST = (
    "amber", "brisk", "calm", "clear", "coral", "dusky", "eager", "early", "fabled", "fleet",
    "gentle", "glad", "golden", "hardy", "hazel", "humble", "ivory", "jolly", "keen", "lively",
    "lucid", "mellow", "merry", "mild", "misty", "nimble", "noble", "pale", "placid", "proud",
    "quick", "quiet", "ready", "russet", "rustic", "sandy", "sharp", "silver", "slate", "snowy",
    "solar", "spry", "steady", "still", "stout", "sunny", "swift", "tidal", "umber", "velvet",
    "vivid", "warm", "wild", "wise", "witty", "young", "zesty",
)
_SECOND = (
    "acorn", "alder", "aspen", "badger", "bay", "beech", "birch", "bison", "brook", "cedar",
    "clover", "cove", "crane", "creek", "delta", "dune", "elm", "ember", "falcon", "fern",
    "finch", "fjord", "fox", "glen", "grove", "gull", "harbor", "hare", "heron", "hill", "ibis",
    "iris", "jay", "kelp", "kite", "lark", "laurel", "linden", "lynx", "maple", "marsh",
    "marten", "mesa", "moss", "newt", "oak", "orchid", "osprey", "otter", "owl", "pike", "pine",
    "plover", "pond", "quail", "raven", "reed", "ridge", "robin", "sage", "shore", "sparrow",
    "spruce", "stork", "swan", "teal", "thrush", "tide", "vale", "vole", "willow", "wren",
    "yarrow",
)
# fmt: on


def by_chance() -> str:
    """A name such as `quiet-heron`; never the same row of names for the same random seed."""
    from random import SystemRandom

    draw = SystemRandom()
    return f"{draw.choice(_FIRST)}-{draw.choice(_SECOND)}"


def plain_path(folder: Path, name: str) -> Path | None:
    """Where a file of this name lies in `folder`; None where the name leads out of it."""
    path = Path(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
        return None
    return folder / path
