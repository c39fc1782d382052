"""Plots as rows: any list of dicts, data frame or array, and scikit-learn's curves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .errors import InvalidPlot, MissingPackage
from .events import Json
from .values import is_text, plain, writable

NAME_MOST = 480
ROWS_MOST = 4_000_000
"""Bytes of a plot's rows: a page reads them whole."""

_PROPS = {
    "calibration": {
        "x": "prob_pred",
        "y": "prob_true",
        "title": "Calibration Curve",
        "x_label": "Mean Predicted Probability",
        "y_label": "Fraction of Positives",
    },
    "confusion_matrix": {
        "template": "confusion",
        "x": "actual",
        "y": "predicted",
        "title": "Confusion Matrix",
        "x_label": "True Label",
        "y_label": "Predicted Label",
    },
    "det": {
        "x": "fpr",
        "y": "fnr",
        "title": "Detection error tradeoff (DET)",
        "x_label": "False Positive Rate",
        "y_label": "False Negative Rate",
    },
    "precision_recall": {
        "x": "recall",
        "y": "precision",
        "title": "Precision-Recall Curve",
        "x_label": "Recall",
        "y_label": "Precision",
    },
    "roc": {
        "x": "fpr",
        "y": "tpr",
        "title": "Receiver operating characteristic (ROC)",
        "x_label": "False Positive Rate",
        "y_label": "True Positive Rate",
    },
}
"""What DVC's tools are told of each kind, where nobody says otherwise."""


def named(name: Any) -> str:
    """A plot's name without its suffix.

    Raises:
        InvalidPlot: it is no text, or too long.
    """
    if not isinstance(name, str) or not name or not is_text(name) or len(name) > NAME_MOST:
        raise InvalidPlot(
            f"{str(name)[:40]!a} cannot be a plot's name; give a text of at most {NAME_MOST}."
        )
    return name.removesuffix(".json")


def encoded(name: str, datapoints: Any, columns: Iterable[str]) -> bytes:
    """The rows of a plot as JSON.

    Raises:
        InvalidPlot: they are no rows, lack one of `columns`, or are too many.
    """
    rows = [_row(name, row) for row in _rows(name, datapoints)]
    for column in columns:
        if rows and not any(column in row for row in rows):
            raise InvalidPlot(f"plot {name!r} has no column {column!r} in its rows.")
    body = json.dumps(rows, separators=(",", ":"), ensure_ascii=False).encode()
    if len(body) > ROWS_MOST:
        raise InvalidPlot(
            f"plot {name!r} has {len(body):,} bytes of rows; at most {ROWS_MOST:,}: log fewer of them."
        )
    return body


def _rows(name: str, datapoints: Any) -> list[Any]:
    if hasattr(datapoints, "to_dict"):
        datapoints = datapoints.to_dict(orient="records")
    elif getattr(getattr(datapoints, "dtype", None), "names", None):
        names = datapoints.dtype.names
        datapoints = [dict(zip(names, row, strict=True)) for row in datapoints.tolist()]
    elif getattr(datapoints, "ndim", 0) == 2:
        # As DVCLive has them: an array's columns are called by their numbers.
        datapoints = [
            {str(index): value for index, value in enumerate(row)} for row in datapoints.tolist()
        ]
    if not isinstance(datapoints, list | tuple) or not all(
        isinstance(row, Mapping) for row in datapoints
    ):
        raise InvalidPlot(
            f"plot {name!r} got a {type(datapoints).__name__};"
            " give a list of dicts, a data frame or an array of two dimensions."
        )
    return list(datapoints)


def _row(name: str, row: Mapping[Any, Any]) -> dict[str, Json]:
    try:
        said: dict[str, Json] = writable(dict(row))
    except ValueError as error:
        raise InvalidPlot(f"plot {name!r}: {error}.") from None
    return {
        column: value if isinstance(value, int | float | str | None) else str(value)
        for column, value in said.items()
    }


def drawn(
    kind: str, labels: Any, predictions: Any, said: Mapping[str, Any], more: Mapping[str, Any]
) -> tuple[dict[str, Json], list[dict[str, Json]]]:
    """The properties and rows of one of scikit-learn's plots; `more` goes to its function.

    Raises:
        InvalidPlot: no such kind is known.
        MissingPackage: scikit-learn is not installed.
    """
    if kind not in _PROPS:
        raise InvalidPlot(f"{kind!r} is no kind of plot; there are {', '.join(_PROPS)}.")
    normalized = said.get("normalized")
    props: dict[str, Json] = {"template": "simple", **_PROPS[kind], "kind": kind}
    props |= {name: said[name] for name in ("title", "x_label", "y_label") if said.get(name)}
    if kind == "confusion_matrix":
        if normalized:
            props["template"] = "confusion_normalized"
        pairs = zip(labels, predictions, strict=False)
        return props, [
            {"actual": str(plain(label)), "predicted": str(plain(guess))} for label, guess in pairs
        ]
    columns = _CURVES[kind](labels, predictions, more)
    # The thresholds of some curves are one fewer than their points.
    return props, [
        dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=False)
    ]


def _sklearn(module: str) -> Any:
    import importlib

    try:
        return importlib.import_module(f"sklearn.{module}")
    except ImportError:
        raise MissingPackage(
            "this kind of plot needs scikit-learn: pip install scikit-learn"
        ) from None


_Columns = dict[str, list[Json]]


def _columns(names: tuple[str, ...], arrays: Iterable[Any]) -> _Columns:
    return {name: array.tolist() for name, array in zip(names, arrays, strict=True)}


def _roc(labels: Any, scores: Any, more: Mapping[str, Any]) -> _Columns:
    curve = _sklearn("metrics").roc_curve(y_true=labels, y_score=scores, **more)
    return _columns(("fpr", "tpr", "threshold"), curve)


def _det(labels: Any, scores: Any, more: Mapping[str, Any]) -> _Columns:
    curve = _sklearn("metrics").det_curve(y_true=labels, y_score=scores, **more)
    return _columns(("fpr", "fnr", "threshold"), curve)


def _precision_recall(labels: Any, scores: Any, more: Mapping[str, Any]) -> _Columns:
    curve = _sklearn("metrics").precision_recall_curve(y_true=labels, y_score=scores, **more)
    return _columns(("precision", "recall", "threshold"), curve)


def _calibration(labels: Any, chances: Any, more: Mapping[str, Any]) -> _Columns:
    curve = _sklearn("calibration").calibration_curve(y_true=labels, y_prob=chances, **more)
    return _columns(("prob_true", "prob_pred"), curve)


_CURVES: dict[str, Callable[[Any, Any, Mapping[str, Any]], _Columns]] = {
    "calibration": _calibration,
    "det": _det,
    "precision_recall": _precision_recall,
    "roc": _roc,
}
