"""Where no server keeps the store, a kernel does while no cell of it runs."""

from __future__ import annotations

from pathlib import Path

from live_studio.curves import Question
from live_studio.studio import Studio
from tests.kernels import kernel
from tests.servers import until

POINTS = 3_000
LOGS = f"""
from live_studio import Live, courier
from live_studio.store import compaction
compaction.SETTLED_SECONDS, courier.KEEP_EVERY = 0.0, 0.05
with Live(exp_name="idle") as live:
    for step in range({POINTS}):
        live.log_metric("loss", step / 3)
"""
COMPUTES = """
import os, time
from contextlib import closing
from pathlib import Path
from live_studio.studio import Studio
ends = time.monotonic() + 2
while time.monotonic() < ends:
    pass
with closing(Studio(Path(os.environ["LIVE_STUDIO_STORE"]))) as studio:
    assert [*studio.store.read("SELECT packed FROM generations")[0]] == [0]
"""


def packed(studio: Studio) -> int:
    """The last slice of the one run that has become chunks."""
    ((found,),) = studio.store.read("SELECT packed FROM generations")
    return int(found)


def test_an_idle_kernel_makes_chunks_of_what_has_ended_and_a_busy_one_does_not(
    studio: Studio, tmp_path: Path
) -> None:
    with kernel(cwd=tmp_path) as notebook:
        # The run has ended, and its cell goes on computing: nobody takes the machine away from it.
        said = notebook.run(LOGS + COMPUTES)
        assert said["status"] == "ok", said
        until(lambda: packed(studio), "the chunks")
        (row,) = studio.experiments()
        (line,) = studio.series(Question("loss", [row.id]))
        assert line.series.value.tolist() == [step / 3 for step in range(POINTS)]
        assert (
            studio.store.read("SELECT count(*) FROM slices WHERE id < ?", (packed(studio),))[0][0]
            == 0
        )
