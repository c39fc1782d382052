"""One run as a page that somebody else can read: `report.html`, or `report.md` with its charts beside it.

Made from the files that the run has left in its folder, as DVCLive's is. Nothing in it moves and nothing is fetched:
the page holds its charts and pictures, and the Markdown names files that lie beside it.
"""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from .events import Json, image_kind
from .files import FIGURE, IMAGES, METRICS, latest, put
from .names import plain_path
from .nesting import leaves
from .sketch import Curve, svg, thinned
from .yamls import read

KINDS = ("html", "md")
CHARTS = "static"
"""The folder of the Markdown's charts, named as DVCLive names it. Nothing is removed from it: it may be somebody's own."""
WIDTH, HEIGHT = 360, 160
ROWS_MOST = 20
CELL_MOST = 200
STYLE = """
:root{color-scheme:light dark;--quiet:light-dark(#5b6472,#9aa3b2);--line:#8883}
body{font:14px/1.5 system-ui,sans-serif;max-width:1200px;margin:32px auto;padding:0 16px}
h1{font-size:22px;margin:0 0 4px}h2{font-size:16px;margin:32px 0 8px}p{margin:0;color:var(--quiet)}
table{border-collapse:collapse}th,td{text-align:left;padding:4px 16px 4px 0;border-bottom:1px solid var(--line)}
td{font-variant-numeric:tabular-nums;overflow-wrap:break-word}td:first-child{overflow-wrap:anywhere}th{font-weight:600}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(360px,100%),1fr));gap:24px}
figure{margin:0;min-width:0}figcaption{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 16px;overflow-wrap:anywhere}
small{color:var(--quiet);white-space:nowrap;font-variant-numeric:tabular-nums}svg{width:100%;height:auto;border-bottom:1px solid var(--line)}
img{max-width:100%}
"""

Rows = Sequence[Mapping[str, Json]]


class Told(NamedTuple):
    """What a report says of its run beside the files."""

    name: str
    message: str | None
    plots: Mapping[str, Mapping[str, Json]]
    """The properties of each plot, by the path below the run's folder."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One line."""

    title: str
    name: str
    """What its file is called, and no other's."""
    curve: Curve
    left_out: int = 0
    """How many points have no place on an axis."""

    @property
    def drawn(self) -> str:
        """It as SVG; empty where it is no line."""
        return svg([self.curve], WIDTH, HEIGHT)

    @property
    def said(self) -> str:
        """What its axes would."""
        across, values = self.curve
        ends = f"{_short(across[0])} to {_short(across[-1])}"
        odd = f", {self.left_out:,} not finite" if self.left_out else ""
        return f"{_short(min(values))} to {_short(max(values))} over {ends}{odd}"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with the names of their columns."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    more: int = 0
    """How many rows are left out."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was logged."""

    title: str
    path: str
    """Below the run's folder."""
    body: bytes


Part = Chart | Table | Picture


def write(folder: Path, kind: str, told: Told) -> None:
    """Write the report of the run whose files lie in `folder`; `kind` is one of `KINDS`.

    Raises:
        OSError: the disk does not take it, or something in the folder cannot be read.
    """
    parts = [*_values(folder), *_lines(folder), *_pictures(folder), *_plots(folder, told.plots)]
    if kind == "html":
        put(folder / "report.html", _page(told, parts).encode())
        return
    put(folder / "report.md", _markdown(folder, told, parts).encode())


# what there is


def _values(folder: Path) -> Iterator[Part]:
    params = read(folder / "params.yaml")
    summary = latest(folder / "metrics.json")
    for title, held in (("Parameters", params), ("Metrics", summary)):
        if isinstance(held, dict) and held:
            rows = [(name, _cell(value)) for name, value in leaves(held)]
            yield Table(title, ("Name", "Value"), rows)


def _lines(folder: Path) -> Iterator[Part]:
    for path, name in _files(folder / METRICS, ".tsv"):
        with path.open(encoding="utf-8", newline="") as held:
            rows = csv.reader(held, delimiter="\t")
            step = next(rows, ["step"]).index("step")
            points = [(row[step], row[-1]) for row in rows]
        yield from _chart(name, name, points)


def _pictures(folder: Path) -> Iterator[Part]:
    for path in sorted((folder / IMAGES).rglob("*")):
        if path.is_file() and image_kind(body := path.read_bytes()):
            name = path.relative_to(folder / IMAGES).as_posix()
            yield Picture(name, path.relative_to(folder).as_posix(), body)


def _plots(folder: Path, props: Mapping[str, Mapping[str, Json]]) -> Iterator[Part]:
    for kind in ("custom", "sklearn"):
        for path, name in _files(folder / "plots" / kind, ".json"):
            said = props.get(path.relative_to(folder).as_posix(), {})
            if said.get("template") == FIGURE:
                continue
            held = json.loads(path.read_text(encoding="utf-8"))
            rows = next(iter(held.values()), []) if isinstance(held, dict) else held
            if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
                yield from _plot(f"{kind}/{name}", rows, {"title": name, **said})


def _plot(name: str, rows: Rows, said: Mapping[str, Json]) -> Iterator[Part]:
    """A line where its rows are one, else the rows."""
    title = str(said["title"])
    x, y = str(said.get("x")), str(said.get("y"))
    if all(_is_number(row.get(axis)) for row in rows for axis in (x, y)):
        yield from _chart(title, name, [(row[x], row[y]) for row in rows])
        return
    if said.get("kind") == "confusion_matrix":
        rows = _counted(rows)
    heads = list(dict.fromkeys(column for row in rows for column in row))
    cells = [[_cell(row.get(head)) for head in heads] for row in rows[:ROWS_MOST]]
    yield Table(title, heads, cells, len(rows) - len(cells))


def _counted(rows: Rows) -> Rows:
    """How often each guess was made for each class."""
    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        pair = str(row.get("actual")), str(row.get("predicted"))
        counts[pair] = counts.get(pair, 0) + 1
    return [{"actual": a, "predicted": p, "count": n} for (a, p), n in sorted(counts.items())]


def _chart(title: str, name: str, points: Sequence[tuple[Json, Json]]) -> Iterator[Part]:
    found = [(x, y) for x, y in map(_numbers, points) if isfinite(x) and isfinite(y)]
    kept = list(thinned(found, WIDTH))
    if len(kept) > 1:
        across, values = zip(*kept, strict=True)
        yield Chart(title, name, (across, values), len(points) - len(found))


def _numbers(point: tuple[Json, Json]) -> tuple[float, float]:
    try:
        return float(point[0]), float(point[1])
    except (TypeError, ValueError, OverflowError):
        return float("nan"), float("nan")


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _files(folder: Path, suffix: str) -> Iterator[tuple[Path, str]]:
    """The files below a folder, with what they are called."""
    for path in sorted(folder.rglob(f"*{suffix}")):
        yield path, path.relative_to(folder).as_posix().removesuffix(suffix)


def _cell(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= CELL_MOST else text[:CELL_MOST] + "…"


# as a page


def _page(told: Told, parts: Sequence[Part]) -> str:
    tables = [part for part in parts if isinstance(part, Table)]
    figures = [part for part in parts if not isinstance(part, Table)]
    said = f"<p>{escape(told.message)}</p>" if told.message else ""
    grid = f'<div class="charts">{"".join(map(_figure, figures))}</div>' if figures else ""
    head = "".join(map(_table, tables[:2]))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; img-src data:\">"
        f"<title>{escape(told.name)}</title><style>{STYLE}</style></head><body>"
        f"<h1>{escape(told.name)}</h1>{said}{head}"
        + (f"<h2>Charts</h2>{grid}" if grid else "")
        + "".join(map(_table, tables[2:]))
        + "</body></html>\n"
    )


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in table.heads)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in table.rows
    )
    more = f"<p>{table.more:,} more rows</p>" if table.more else ""
    return f"<h2>{escape(table.title)}</h2><table><tr>{head}</tr>{rows}</table>{more}"


def _figure(part: Chart | Picture | Table) -> str:
    if isinstance(part, Chart):
        caption = f"<span>{escape(part.title)}</span><small>{part.said}</small>"
        return f"<figure><figcaption>{caption}</figcaption>{part.drawn}</figure>"
    assert isinstance(part, Picture)
    source = f"data:{image_kind(part.body)};base64,{base64.b64encode(part.body).decode()}"
    name = escape(part.title)
    return f'<figure><figcaption>{name}</figcaption><img alt="{name}" src="{source}"></figure>'


# as Markdown


def _markdown(folder: Path, told: Told, parts: Sequence[Part]) -> str:
    said = [f"# {_plain(told.name)}"]
    if told.message:
        said.append(_plain(told.message))
    for part in parts:
        said.append(f"## {_plain(part.title)}")
        if isinstance(part, Table):
            said.append(_rows(part))
        elif isinstance(part, Picture):
            said.append(f"![{_plain(part.title)}]({quote(part.path)})")
        elif path := plain_path(folder / CHARTS, f"{part.name}.svg"):
            put(path, part.drawn.replace("<svg ", f"{_SVG} ", 1).encode())
            where = quote(path.relative_to(folder).as_posix())
            said.append(f"![{_plain(part.title)}]({where})\n\n{part.said}")
    return "\n\n".join(said) + "\n"


_SVG = '<svg xmlns="http://www.w3.org/2000/svg"'


def _rows(table: Table) -> str:
    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(map(_plain, cells))} |"

    more = [f"\n{table.more:,} more rows"] if table.more else []
    lines = [line(table.heads), "|" + " --- |" * len(table.heads), *map(line, table.rows)]
    return "\n".join([*lines, *more])


def _plain(text: str) -> str:
    """Text that is nothing but text in Markdown, and stays in its line."""
    return "".join(f"\\{one}" if one in _MARKS else one for one in " ".join(text.split()))


_MARKS = r"\`*_[]<>&|#!~$"


def _short(value: float) -> str:
    """A whole number as it is: a step is counted."""
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:.4g}"
