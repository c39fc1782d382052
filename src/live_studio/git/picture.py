"""A clone as it stood when its refs were read: where baselines hang, and the commits to show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ..addresses import NO_COMMIT
from ..errors import GitTrouble as Trouble
from . import commit, graph, refs
from .commit import Commit
from .numbers import Committed, Numbers
from .process import Reader
from .rewritten import Rewrites

SHOWN = 300
"""Of the newest commits, besides those that experiments start from."""
REMEMBERED = 20_000
"""Commits whose words are kept between two readings."""
BRANCHES = 50
"""That are shown; every branch counts for what is in the repository."""
OBJECT_MOST = 2 << 20
REWRITES = 50
"""Commits that are looked for in one reading."""
PIPELINE_TIPS = 5
EXPERIMENTS = 500
"""That Git holds and the table shows."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an experiment hangs. Without a reason it hangs under its commit."""

    reason: str | None = None
    advice: str = ""
    """What to do about it: one sentence, without a path."""
    now: str | None = None
    """The commit that a rewritten one became."""


NOTHING = Committed()


@dataclass(frozen=True, slots=True)
class Shown:
    """A commit of the table."""

    commit: Commit
    branch: str
    refs: Sequence[str] = ()
    """Branches that end here inside another one, and tags."""
    hidden: str | None = None
    """Why the table leaves it out until somebody asks: `skip` or `unchanged`."""
    numbers: Committed = NOTHING


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment that was pushed, or that DVC keeps here."""

    baseline_sha: str
    name: str
    commit: Commit
    numbers: Committed


@dataclass(slots=True)
class Memory:
    """What stays true of a clone whatever its refs do."""

    commits: dict[str, Commit] = field(default_factory=dict)
    patches: dict[str, str] = field(default_factory=dict)
    numbers: Numbers = field(default_factory=Numbers)


@dataclass(frozen=True, slots=True)
class Picture:
    """What was read; nothing in it changes any more."""

    path: str
    refs: str
    places: dict[str, Place] = field(default_factory=dict)
    commits: Sequence[Shown] = ()
    experiments: Sequence[Experiment] = ()
    trouble: str | None = None

    def place(self, sha: str) -> Place | None:
        """Where an experiment that starts from `sha` hangs; None where nobody has asked for it."""
        if self.trouble is not None:
            return Place("not connected", self.trouble)
        return self.places.get(sha)


def taken(path: str, fingerprint: str, baselines: Iterable[str], memory: Memory) -> Picture:
    """Read the clone at `path`, in which experiments start from `baselines`."""
    try:
        reader = Reader(Path(path))
        found = refs.read(reader)
        reading = _Reading(reader, found, memory)
        places, shown = reading.read(set(baselines))
        experiments = reading.experiments()
    except Trouble as trouble:
        return Picture(path, fingerprint, trouble=str(trouble))
    return Picture(path, fingerprint, places, shown, experiments)


class _Reading:
    """One look at one clone."""

    def __init__(self, reader: Reader, found: refs.Refs, memory: Memory) -> None:
        self._reader = reader
        self._refs = found
        self._memory = memory
        tips = [*found.counted, *(sha for _, sha in found.local)]
        self._parents = graph.window(reader, dict.fromkeys(tips))
        self._branches = self._in_rank()
        self._labels = graph.labelled(self._parents, self._branches)

    def read(self, baselines: set[str]) -> tuple[dict[str, Place], list[Shown]]:
        kinds = self._reader.kinds(
            f"{sha}^{{commit}}" for sha in baselines if commit.SHA.fullmatch(sha)
        )
        there = {sha for sha in baselines if kinds.get(f"{sha}^{{commit}}", ("",))[0] == sha}
        inside = self._inside(there)
        places = {sha: self._unknown(sha) for sha in baselines - there}
        places |= {sha: Place() for sha in inside}
        places |= self._outside(there - inside)
        return places, self._shown(inside)

    def experiments(self) -> list[Experiment]:
        """Those that lie under refs of their own, with their numbers."""
        listed = self._refs.experiments[:EXPERIMENTS]
        said = self._commits([sha for _, _, sha in listed])
        numbers = {}
        with suppress(Trouble):
            tips = [sha for _, _, sha in listed[:PIPELINE_TIPS]]
            numbers = self._memory.numbers.of(self._reader, said, tips)
        return [
            Experiment(baseline, name, said[sha], numbers.get(sha, NOTHING))
            for baseline, name, sha in listed
            if sha in said and commit.SHA.fullmatch(baseline)
        ]

    def _in_rank(self) -> list[tuple[str, str]]:
        """The branches as they stand in the table: the main one, then what moved last."""
        first = {name: rank for rank, name in enumerate(self._refs.first)}
        ages = {sha: age for age, sha in enumerate(self._parents)}

        def rank(branch: tuple[str, str]) -> tuple[int, int]:
            name, tip = branch
            return first.get(name, len(first)), ages.get(tip, len(ages))

        return sorted(self._refs.branches, key=rank)

    def _inside(self, shas: set[str]) -> set[str]:
        """Those that are in the repository. Old ones learn their branch on the way."""
        labels = self._labels.branch
        known = {sha for sha in shas if sha in labels}
        old = {sha for sha in shas if sha not in self._parents}
        try:
            old -= graph.unreachable(self._reader, old, self._refs.counted) if old else set()
        except Trouble:
            old = set()
        waiting = set(old)
        for name, tip in self._branches[:BRANCHES]:
            with suppress(Trouble):
                rest = graph.unreachable(self._reader, waiting, [tip])
                labels |= dict.fromkeys(waiting - rest, name)
                waiting = rest
        labels |= dict.fromkeys(waiting, "older commits")
        return known | old

    def _outside(self, shas: set[str]) -> dict[str, Place]:
        """Those that are here but cannot be reached from what counts."""
        if not shas:
            return {}
        tips = dict.fromkeys(sha for _, sha in self._refs.local)
        try:
            gone = graph.unreachable(self._reader, shas, tips)
        except Trouble as trouble:
            return dict.fromkeys(shas, Place("unknown commit", str(trouble)))
        names = graph.labelled(self._parents, self._refs.local).branch
        became = self._became(sorted(gone)[:REWRITES])
        return {
            sha: _rewritten(sha, became.get(sha))
            if sha in gone
            else self._not_pushed(sha, names.get(sha))
            for sha in shas
        }

    def _became(self, shas: Sequence[str]) -> dict[str, str | None]:
        """What rewritten commits became, as far as there is time to look."""
        tips = [*self._refs.counted, *dict.fromkeys(sha for _, sha in self._refs.local)]
        rewrites = Rewrites(self._reader, tips, self._commits, self._memory.patches)
        found = {}
        with suppress(Trouble):
            for sha in shas:
                found[sha] = rewrites.now(sha)
        return found

    def _not_pushed(self, sha: str, branch: str | None) -> Place:
        what = f"Push {branch}" if branch else f"Put a branch on {sha[:7]}"
        if not branch and self._refs.has_remote:
            what += " and push it"
        return Place("not pushed", f"{what} and this row moves under {sha[:7]}.")

    def _unknown(self, sha: str) -> Place:
        if sha == NO_COMMIT:
            return NO_GIT
        if refs.is_shallow(self._reader.root):
            advice = (
                f"{sha[:7]} is not in this shallow clone. Run `git fetch --unshallow` and this row"
                " moves under it."
            )
        else:
            advice = (
                f"No branch here has {sha[:7]}. Fetch the branch it is on and this row moves"
                " under it."
            )
        return Place("unknown commit", advice)

    def _shown(self, inside: set[str]) -> list[Shown]:
        labels = self._labels
        listed = [name for name, tip in self._branches if labels.branch.get(tip) == name]
        ranks = {name: rank for rank, name in enumerate(listed[:BRANCHES])}
        ranks.setdefault("older commits", len(ranks))
        ordered = [sha for sha in graph.in_order(self._parents) if labels.branch.get(sha) in ranks]
        tips = {tip for name, tip in self._branches if name in ranks}
        wanted = {*ordered[:SHOWN], *inside, *tips}
        recent = [sha for sha in ordered if sha in wanted]
        said = self._commits([*recent, *(wanted - set(recent))])
        old = sorted(wanted - set(recent), key=lambda sha: -said[sha].time if sha in said else 0.0)
        listed_shas = [sha for sha in (*recent, *old) if sha in said and sha in labels.branch]
        numbers = self._numbers(listed_shas)
        shown = [
            Shown(
                said[sha],
                labels.branch[sha],
                tuple(dict.fromkeys((*labels.folded.get(sha, ()), *self._refs.tags.get(sha, ())))),
                self._hidden(said[sha], numbers, is_tip=sha in tips),
                numbers.get(sha, NOTHING),
            )
            for sha in listed_shas
        ]
        return sorted(shown, key=lambda one: ranks.get(one.branch, len(ranks)))

    def _numbers(self, shas: Sequence[str]) -> dict[str, Committed]:
        """Those of the commits and, for comparison, of what each came after."""
        before = [parents[0] for sha in shas if (parents := self._parents.get(sha))]
        tips = [tip for _, tip in self._branches[:PIPELINE_TIPS]]
        with suppress(Trouble):
            # A shallow clone names parents that it does not have.
            there = [sha for sha in before if sha in self._parents]
            return self._memory.numbers.of(self._reader, [*shas, *there], tips)
        return {}

    def _hidden(self, said: Commit, numbers: dict[str, Committed], *, is_tip: bool) -> str | None:
        if said.skip:
            return "skip"
        parents = self._parents.get(said.sha)
        if parents is None or (is_tip and numbers.get(said.sha, NOTHING) != NOTHING):
            return None
        if said.sha not in numbers:
            # They could not be read, as in a clone without its trees.
            return "unchanged"
        before = numbers.get(parents[0]) if parents else NOTHING
        return "unchanged" if before == numbers[said.sha] else None

    def _commits(self, shas: Sequence[str]) -> dict[str, Commit]:
        known = self._memory.commits
        if len(known) > REMEMBERED:
            known.clear()
        new = [sha for sha in shas if sha not in known]
        readable = [
            sha
            for sha, kind, size in self._reader.kinds(new).values()
            if kind == "commit" and size <= OBJECT_MOST
        ]
        known |= {sha: commit.parsed(sha, said) for sha, said in self._reader.bodies(readable)}
        return {sha: known[sha] for sha in shas if sha in known}


def _rewritten(sha: str, now: str | None) -> Place:
    if now:
        advice = f"{sha[:7]} was rewritten and is {now[:7]} now. New runs hang on that commit."
    else:
        advice = (
            f"No branch holds {sha[:7]} any more: it was rebased, reset or squashed, or its branch"
            " was deleted. New runs hang on the new commit."
        )
    return Place("rewritten", advice, now)


NO_GIT = Place(
    "no Git",
    "This run started outside a Git repository. Run it inside one and it hangs on a commit.",
)
READING = Place("reading Git", "Git is still being read. This row moves by itself.")


def not_connected(repo_url: str, sha: str) -> Place:
    """Of a repository that no clone here belongs to."""
    return Place(
        "not connected",
        f"No clone of {repo_url} is connected. Open a notebook inside one and this row moves"
        f" under {sha[:7]}.",
    )
