"""The steps of a run: which it stands in, which have ended, how many there will be."""

from __future__ import annotations

import time

from . import records
from .errors import InvalidMetric
from .run import Run
from .values import plain

STEP_MOST = 1 << 53
_now = time.time


class Steps(Run):
    """Counts steps."""

    @property
    def step(self) -> int:
        """The current step, a whole number of at most 2**53.

        Raises:
            InvalidMetric: it is set to something else.
        """
        return self._step or 0

    @step.setter
    def step(self, value: int) -> None:
        try:
            step = int(value)
        except (TypeError, ValueError, OverflowError):
            raise InvalidMetric(f"{value!r} cannot be a step; give a whole number.") from None
        if abs(step) > STEP_MOST:
            raise InvalidMetric("that step is too large; charts draw steps up to 2**53.")
        self._step = step

    def next_step(self) -> None:
        """End the current step and begin the next."""
        step = self._step or 0
        if self._synced is None or step > self._synced:
            self._synced = step
        self._step = step + 1
        # Last: where the run is to stop, this raises.
        self._append(records.STEPPED.pack(records.STEP_LENGTH, records.STEP, step, _now()))

    @property
    def total_steps(self) -> int | None:
        """How many steps there will be, for progress and time left; None where nobody knows.

        Raises:
            InvalidMetric: it is set to something that is no whole number above zero.
        """
        return self._total_steps

    @total_steps.setter
    def total_steps(self, steps: int | None) -> None:
        known = plain(steps)
        if known is not None and (type(known) is not int or not 0 < known <= STEP_MOST):
            raise InvalidMetric(f"{steps!r} cannot be a number of steps; give a whole one above 0.")
        self._total_steps = known
        said = {"steps": known or 0, "time": time.time()}
        self._journal.append(records.text(records.TOTAL, said))
        self._obey()

    def _stand(self) -> None:
        """Say which step this is, where anybody counts them: who only ever syncs ends none."""
        step = self._step
        if step is not None and step != self._summed:
            self._summed = step
            body = records.STEPPED.pack(records.STEP_LENGTH, records.STEP, step, _now())
            self._journal.append(body)
            self._obey()
