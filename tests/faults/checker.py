"""The one judge of every fault: what producers say they did, against what a store holds.

Acknowledged within stored, stored within invoked, each point once, no call half done, the last value
the last one, every run in a generation of its own with the status that its history allows, and no
status that was seen ever legally impossible.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from live_studio.events import metric_name
from live_studio.studio import Studio
from tests.faults.history import Event, Run, Told, Watcher, read

DIED = ("stopped", "process died")
RECOVERED = ("stopped", "recovered from a damaged store")
RUNNING = ("running", None)
FACT, MARKED = 0, 2
Points = Counter[tuple[str, int, Any]]


@dataclass(frozen=True, slots=True)
class Stored:
    """One generation as the store holds it."""

    id: int
    name: str
    run_id: str | None
    status: tuple[str, str | None]
    points: Points
    counted: dict[str, dict[str, int]]
    metrics: dict[str, Any]
    params: dict[str, Any]
    images: list[dict[str, Any]]


def check(folder: Path, store: Path, *, alive: bool = False, damaged: bool = False) -> list[str]:
    """Everything that is wrong in a store, by the histories in `folder`; one line each.

    `alive`: producers that did not end live on, so that their runs are still running. `damaged`:
    pages of the store were destroyed, so that what was acknowledged may be gone, or stand under a
    name that says so; all else is judged as ever.
    """
    told = read(folder)
    studio = Studio(store)
    try:
        (sound,) = studio.store.read("PRAGMA quick_check")[0]
        found = [] if sound == "ok" else [f"the store is damaged: {sound}"]
        stored = list(_stored(studio))
        pictures = {row[0] for row in studio.store.read("SELECT digest FROM images")}
    finally:
        studio.close()
    pairs, lost, strange = _matched(told, stored)
    if damaged:
        lost, strange = [], [one for one in strange if not _is_part(one, told)]
    found += [f"{run.name} ({run.label}): acknowledged, but not in the store" for run in lost]
    found += [
        f"{one.name}: in the store (generation {one.id}), but nobody ran it" for one in strange
    ]
    found += _seen(told)
    for run, generation in pairs:
        for line in _judged(run, generation, pictures, alive=alive, damaged=damaged):
            found.append(f"{run.name} ({run.label}): {line}")
    return found


def watching(folder: Path, studio: Studio) -> Watcher:
    """A watcher of every status in a studio's store."""
    ask = "SELECT id, run, status, guessed FROM generations"
    return Watcher(folder, lambda: [tuple(row) for row in studio.store.read(ask)])


def _stored(studio: Studio) -> Iterator[Stored]:
    for row in studio.store.read(
        "SELECT g.*, e.name AS name FROM generations g JOIN experiments e ON e.id = g.experiment"
    ):
        columns = studio.store.whole(row["id"])
        points: Points = Counter()
        for path in columns.paths():
            column = columns[path]
            points.update(
                (metric_name(path), int(step), value)
                for step, value in zip(column.step, column.value, strict=True)
            )
        yield Stored(
            id=row["id"],
            name=row["name"],
            run_id=row["run"],
            status=(row["status"], row["detail"]),
            points=points,
            counted={metric_name(p): said for p, said in json.loads(row["series"]).items()},
            metrics=_flat(json.loads(row["metrics"])),
            params=_one_file(json.loads(row["params"])),
            images=json.loads(row["images"]),
        )


def _one_file(files: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for said in files.values() for name, value in said.items()}


def _flat(files: Mapping[str, Any]) -> dict[str, Any]:
    """The newest metrics by name, without the groups they are shown in."""

    def leaves(group: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
        for name, value in group.items():
            if isinstance(value, dict):
                yield from leaves(value, f"{prefix}{name}/")
            else:
                yield prefix + name, value

    return dict(leaves(_one_file(files), ""))


def _matched(
    told: Told, stored: list[Stored]
) -> tuple[list[tuple[Run, Stored]], list[Run], list[Stored]]:
    """Each run beside its generation, by run id, else by name; lost runs; generations of nobody."""
    pairs, lost = [], []
    by_id = {one.run_id: one for one in stored if one.run_id}
    free = list(stored)
    # A start that was refused opened nothing.
    begun = [run for run in told.runs.values() if run.of("start")]
    for run in sorted(begun, key=lambda run: run.run_id is None):
        start = run.of("start")[0]
        own = by_id.get(run.run_id) if run.run_id else _nameless(run, start, free)
        if own in free:
            free.remove(own)  # type: ignore[arg-type]
            pairs.append((run, own))  # type: ignore[arg-type]
        elif start.ok is not None and start.said.get("run_id", "") is not None:
            lost.append(run)
    return pairs, lost, free


def _nameless(run: Run, start: Event, free: list[Stored]) -> Stored | None:
    """The generation of a run whose producer never learned its run id, or has none."""
    is_journal = bool(start.said.get("journal"))
    for one in free:
        if one.name == run.name and bool(one.run_id) is is_journal:
            return one
    return None


def _is_part(stored: Stored, told: Told) -> bool:
    """Whether a generation that lost its name holds a part of one run, and nothing twice."""
    return any(
        stored.points <= _invoked(run) and _counts(stored) is None for run in told.runs.values()
    )


def _judged(
    run: Run, stored: Stored, pictures: set[str], *, alive: bool, damaged: bool
) -> Iterator[str]:
    if run.name != stored.name:
        yield f"is called {stored.name} in the store"
    yield from _points(run, stored, damaged=damaged)
    yield from _last(run, stored, damaged=damaged)
    yield from _images(run, stored, pictures, damaged=damaged)
    allowed = _endings(run, alive=alive) | ({RECOVERED} if damaged else set())
    if stored.status not in allowed:
        yield f"is {stored.status}, and may only be one of {sorted(allowed, key=str)}"


def _own(event: Event) -> Points:
    return Counter(
        (name, event.said["step"], value) for name, value in event.said["values"].items()
    )


def _invoked(run: Run) -> Points:
    """Every point that a run may have."""
    invoked: Points = Counter()
    for event in run.of("points"):
        invoked.update(_own(event))
    return invoked


def _points(run: Run, stored: Stored, *, damaged: bool) -> Iterator[str]:
    acknowledged: Points = Counter()
    for event in run.of("points"):
        own = _own(event)
        if event.ok is not None:
            acknowledged.update(own)
        elif 0 < sum((own & stored.points).values()) < sum(own.values()):
            yield f"half of a call is stored: {sorted(own - stored.points)}"
    if (lost := acknowledged - stored.points) and not damaged:
        yield f"{sum(lost.values())} acknowledged points are lost: {sorted(lost)[:3]}"
    if more := stored.points - _invoked(run):
        yield f"{sum(more.values())} points too many, doubled or never logged: {sorted(more)[:3]}"
    if wrong := _counts(stored):
        yield wrong


def _counts(stored: Stored) -> str | None:
    """What a row says of how much there is, where that is wrong."""
    held: Counter[str] = Counter()
    for (name, _, _), times in stored.points.items():
        held[name] += times
    counts = Counter({name: said["count"] for name, said in stored.counted.items()})
    if held == counts:
        return None
    return f"the row counts {dict(counts)} points, the store holds {dict(held)}"


def _last(run: Run, stored: Stored, *, damaged: bool) -> Iterator[str]:
    for what, held in (("points", stored.metrics), ("params", stored.params)):
        said: dict[str, list[tuple[Event, Any]]] = {}
        starts = [(event, event.said.get("params", {})) for event in run.of("start")]
        calls = [(event, event.said["values"]) for event in run.of(what)]
        for event, values in (starts if what == "params" else []) + calls:
            for name, value in values.items():
                said.setdefault(name, []).append((event, value))
        for name, values in said.items():
            newest = [value for _, value in values] if damaged else _newest(values)
            if name in held and held[name] not in newest:
                yield f"{name} is {held[name]!r} in the row; logged last: {newest}"
            elif name not in held and not damaged and _is_acknowledged(values):
                yield f"{name} is missing in the row"
        strange = set(held) - set(said) - {"step"}
        if strange:
            yield f"nobody logged {sorted(strange)}"


def _is_acknowledged(calls: list[tuple[Event, Any]]) -> bool:
    return any(event.ok is not None for event, _ in calls)


def _images(run: Run, stored: Stored, pictures: set[str], *, damaged: bool) -> Iterator[str]:
    said: dict[str, list[tuple[Event, Any]]] = {}
    for event in run.of("image"):
        pair = (event, (event.said["step"], event.said["digest"]))
        said.setdefault(event.said["name"], []).append(pair)
    held = {one["path"].rpartition("/images/")[2]: one for one in stored.images}
    for name, calls in said.items():
        newest = [value for _, value in calls] if damaged else _newest(calls)
        if name in held and (held[name]["step"], held[name]["digest"]) not in newest:
            yield f"image {name} is not the one logged last"
        elif name not in held and not damaged and _is_acknowledged(calls):
            yield f"image {name} is lost"
    for name, one in held.items():
        if name not in said:
            yield f"nobody logged image {name}"
        if one["digest"] not in pictures:
            yield f"image {name} is named, but its bytes are not there"


def _newest(calls: list[tuple[Event, Any]]) -> list[Any]:
    """What may stand as the newest: everything that no acknowledged call came wholly after."""
    latest = max((event.invoked for event, _ in calls if event.ok is not None), default=0.0)
    return [value for event, value in calls if event.ok is None or event.ok >= latest]


def _endings(run: Run, *, alive: bool) -> set[tuple[str, str | None]]:
    ends = [
        (event, (event.said["status"], event.said["detail"]))
        for event in run.of("end")
        if not (event.said.get("guess") and _goes_on(run, event))
    ]
    if any(event.ok is not None for event, _ in ends):
        return {status for event, status in ends if event.ok is not None}
    posts = not run.of("start")[0].said.get("journal")
    return {status for _, status in ends} | ({RUNNING} if alive or posts else {DIED})


def _goes_on(run: Run, guess: Event) -> bool:
    """Whether a run was logged to, or ended, after somebody took it for ended: the guess is undone."""
    return any(event.ok is not None and event.invoked > guess.invoked for event in run.events)


def _seen(told: Told) -> Iterator[str]:
    before: dict[int, tuple[str, int]] = {}
    ended = {
        run.run_id: min((event.invoked for event in run.of("end")), default=float("inf"))
        for run in told.runs.values()
        if run.run_id
    }
    for line in told.seen:
        generation, run_id, status, guessed = line["row"]
        was, kind = before.get(generation, ("running", FACT))
        if was != "running" and kind == FACT and (status, guessed) != (was, kind):
            yield f"generation {generation} was {was} for a fact and became {status}"
        if status == "completed" and line["at"] < ended.get(run_id, 0.0):
            yield f"generation {generation} was shown completed before anybody said so"
        before[generation] = (status, guessed)
