"""What a run is made of, and the names of its files. Its verbs are added to it, a module for each kind."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .journal import Journal
from .silence import Silence

if TYPE_CHECKING:
    from .account import Account
    from .events import Json
    from .keeping import Keeper
    from .system import Monitor


class Run:
    """The state that the verbs of a run share."""

    exp_name: str
    _message: str | None
    _journal: Journal | Silence
    _append: Callable[[bytes], None]
    """Stores a record; what it is changes when the run is to stop."""
    _pid: int
    _folder: str
    _dvcyaml: str | None
    _plots_key: str
    """The folder of the plots as the store names it."""
    _plots: str
    _images: str
    _step: int | None = None
    _synced: int | None = None
    """The largest step that has ended."""
    _summed: int | None = None
    """The last step that was summed up by hand."""
    _total_steps: int | None = None
    _keeper: Keeper | None = None
    _report: str | None = None
    _account: Account | None = None
    _earlier: Mapping[str, Json] | None = None
    """The summary of the run that this one goes on with."""
    _monitor: Monitor | None = None
    _aside = 0
    """Bytes of records that nobody asked for: beats, and the machine's own numbers."""
    _beaten_at = 0
    _inside_with = _ending = _asked_to_stop = False
    _ended = True
    """Until it has been opened, too."""

    def log_metric(
        self, name: str, val: float | str, timestamp: bool = False, plot: bool = True
    ) -> None:
        """Log one number at the current step."""
        raise NotImplementedError

    def _name(self, name: Any) -> int:
        raise NotImplementedError

    def _stand(self) -> None:
        raise NotImplementedError

    def _keep(self, *, save: bool) -> str | None:
        raise NotImplementedError

    def _log_summary(self) -> None:
        raise NotImplementedError

    def _obey(self) -> None:
        raise NotImplementedError

    # files, as DVCLive names them

    @property
    def dir(self) -> str:
        """The folder that names the files."""
        return self._folder

    @property
    def params_file(self) -> str:
        """The file that parameters are shown under."""
        return os.path.join(self._folder, "params.yaml")

    @property
    def metrics_file(self) -> str:
        """The file that metrics are shown under."""
        return os.path.join(self._folder, "metrics.json")

    @property
    def plots_dir(self) -> str:
        """The folder that series, pictures and plots are shown under."""
        return os.path.join(self._folder, "plots")

    @property
    def artifacts_dir(self) -> str:
        """The folder that DVCLive copies artifacts into."""
        return os.path.join(self._folder, "artifacts")

    @property
    def dvc_file(self) -> str:
        """The file that tells DVC of the others."""
        return self._dvcyaml or "dvc.yaml"

    @property
    def report_file(self) -> str | None:
        """The file of the report; None where none was asked for, or the dashboard is it."""
        wanted = self._report in ("html", "md")
        return os.path.join(self._folder, f"report.{self._report}") if wanted else None


opened: weakref.WeakSet[Any] = weakref.WeakSet()
"""The runs of this process that have not ended, each with all of its verbs."""

shows: Callable[[], None] | None = None
"""Shows the dashboard in the cell that runs. It stands above the runs: the package's root puts it here."""
