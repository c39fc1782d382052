"""A run's summary, and the files of DVCLive's that are written from it and from the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .journal import Journal
from .run import Run

if TYPE_CHECKING:
    from .account import Account
    from .events import Json


class Summary(Run):
    """Sums up."""

    @property
    def summary(self) -> dict[str, Json]:
        """The newest value of each metric, nested by the slashes of their names.

        What you put into it is logged by the next `make_summary()`, `sync()` or `end()`.
        """
        return self._said.summary

    @property
    def _said(self) -> Account:
        if self._account is None:
            from .account import Account

            self._account = Account(self._journal, self._earlier)
        return self._account

    def make_summary(self) -> None:
        """Log what was put into `summary` by hand, as values without a series, and write it into `metrics.json`.

        Nothing is written where no files are wanted; see `dir`.

        Raises:
            InvalidMetric: one of them is neither a number nor text.
        """
        self._log_summary()
        self._stand()
        if self._keeper:
            self._keeper.summary(self._summed_up)

    def _log_summary(self) -> None:
        # Who has never asked for the summary has put nothing into it.
        if self._account is not None:
            for name, value in self._account.added().items():
                self.log_metric(name, value, plot=False)

    def sync(self) -> None:
        """The same as `make_summary()`: everything else is stored as soon as it is logged."""
        self.make_summary()
        if self._keeper:
            self._keeper.describes = True

    def make_report(self) -> None:
        """Write the report now, and the files it is made of; `end()` does it too. See `report` of `Live`.

        Each time it reads all that was logged: in a long loop, call it now and then. The dashboard
        is always up to date.
        """
        if self.report_file and self._keeper:
            self._keeper.sums_up = True
            self._write_files()

    def make_dvcyaml(self) -> None:
        """Write DVCLive's files now, `dvc.yaml` among them whatever `dvcyaml` said; `end()` does it too."""
        if self._keeper:
            self._keeper.describes = True
            self._write_files(dvcyaml=self.dvc_file)

    def read_latest(self) -> dict[str, Json]:
        """What `metrics.json` says now; nothing where there is none."""
        from .files import latest

        return latest(self.metrics_file)

    def read_step(self) -> int:
        """The step in it."""
        step = self.read_latest().get("step", 0)
        return step if isinstance(step, int) else 0

    def post_data_to_studio(self) -> None:
        """Do nothing: what is logged is on its way at once."""

    def save_dvc_exp(self) -> None:
        """Have DVC save an experiment now; `end()` does it too. See `save_dvc_exp` of `Live`."""
        if self._keeper:
            self._keeper.sums_up = self._keeper.describes = True
            self._write_files()
            self._keeper.save(self.exp_name, self._message)

    @property
    def _summed_up(self) -> dict[str, Json]:
        """The summary as DVCLive's file has it, with the step where there is one."""
        return ({} if self._step is None else {"step": self._step}) | self.summary

    def _write_files(self, *, dvcyaml: str | None = None) -> None:
        if self._keeper and isinstance(self._journal, Journal):
            plots = self._keeper.all(self._journal, self._summed_up, dvcyaml)
            self._keeper.report(self.exp_name, self._message, plots)

    def _keep(self, *, save: bool) -> str | None:
        """What the end leaves in the user's folder; the DVC experiment's revision, where one was saved."""
        if self._keeper and (save or self._synced is not None):
            # What `next_step` and the end imply. Who just leaves finds what was asked for, as with DVCLive.
            self._keeper.sums_up = self._keeper.describes = True
        self._write_files()
        return self._keeper.save(self.exp_name, self._message) if save and self._keeper else None
