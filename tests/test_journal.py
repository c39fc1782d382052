"""Journals: from many threads, across a fork, past the first mebibyte, on a full disk."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from live_studio import journal, lock, reading, records, warned
from live_studio.journal import Journal
from tests.servers import until


def beat(time: float = 1.0) -> bytes:
    return records.BEATEN.pack(records.BEATEN.size - 2, records.BEAT, time)


def count(path: Path) -> int:
    data, found, start = b"", 0, 0
    while data := reading.read(path, start):
        ends = [end for _, _, end in records.scan(data)]
        if not ends:
            break
        found, start = found + len(ends), start + ends[-1]
    return found


def opened(folder: Path, run: str = "run") -> Journal:
    return Journal(folder, run, {"time": 1.0})


def test_records_of_many_threads_are_all_there_and_whole(tmp_path: Path) -> None:
    made = opened(tmp_path)
    threads = [
        threading.Thread(target=lambda: [made.append(beat(i)) for i in range(5_000)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(made.path) == 40_001
    assert made.close()
    assert count(made.path) == 40_001


def test_a_journal_grows_past_the_space_it_took_first(tmp_path: Path) -> None:
    made = opened(tmp_path)
    text = records.text(records.PARAMS, {"x": "y" * 60_000})
    for _ in range(100):
        made.append(text)
    assert made.size > 5 * journal.STEP
    assert count(made.path) == 101
    made.close()
    assert made.path.stat().st_size == made.size


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    made = opened(tmp_path / "new")
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert made.path.parent.stat().st_mode & 0o777 == 0o700
    made.close()


def test_a_forked_child_writes_nothing_and_says_so_once(tmp_path: Path) -> None:
    code = """
import os, sys, warnings
from pathlib import Path
from live_studio.journal import Journal
from live_studio import records
made = Journal(Path(sys.argv[1]), "run", {"time": 1.0})
beat = records.BEATEN.pack(records.BEATEN.size - 2, records.BEAT, 1.0)
made.append(beat)
if os.fork() == 0:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(100):
            made.append(beat)
    os._exit(0 if len(caught) == 1 and "forked child" in str(caught[0].message) else 1)
_, status = os.wait()
made.append(beat)
made.close()
sys.exit(os.waitstatus_to_exitcode(status))
"""
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == 0
    assert count(tmp_path / "run.journal") == 3


def test_while_the_disk_is_full_records_wait_in_memory_and_then_arrive(tmp_path: Path) -> None:
    code = """
import resource, signal, sys, warnings
from pathlib import Path
from live_studio import journal, records
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal.RETRY_AFTER = 0.0
made = journal.Journal(Path(sys.argv[1]), "run", {"time": 1.0})
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (journal.STEP, hard))
text = records.text(records.PARAMS, {"x": "y" * 60_000})
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for _ in range(40):
        made.append(text)
assert len(caught) == 1 and "free some space" in str(caught[0].message), caught
assert not made.close(), "records wait, so it must stay open"
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
assert made.close()
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    assert count(tmp_path / "run.journal") == 41


def test_what_is_logged_after_the_end_is_said_to_be_lost(tmp_path: Path) -> None:
    made = opened(tmp_path)
    made.close()
    warned._warned.clear()
    with pytest.warns(UserWarning, match="after end"):
        made.append(beat())


def test_a_living_process_is_not_dead_and_a_dead_one_is(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from live_studio import lock
print(lock.hold(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    name = process.stdout.readline().strip()
    assert not lock.is_dead(tmp_path, name)
    process.kill()
    # Dead, and nobody has asked for its exit status yet.
    until(lambda: lock.is_dead(tmp_path, name), "the death to show")
    process.communicate()
    assert lock.is_dead(tmp_path, name)
    assert not lock.is_dead(tmp_path, "other-machine-0-1-1.lock")
    assert not lock.is_dead(tmp_path, lock.hold(tmp_path))
    lock.sweep(tmp_path)
    assert [found.name for found in tmp_path.iterdir()] == [lock.own_name()]


def test_a_forked_worker_left_alive_does_not_keep_its_parents_run_alive(tmp_path: Path) -> None:
    code = """
import os, sys, time
from pathlib import Path
from live_studio import lock
name = lock.hold(Path(sys.argv[1]))
worker = os.fork()
if worker == 0:
    time.sleep(60)
    os._exit(0)
print(name, worker, flush=True)
os._exit(0)
"""
    out = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert out.stdout is not None
    name, worker = out.stdout.readline().split()
    out.wait()
    try:
        assert lock.is_dead(tmp_path, name)
        os.kill(int(worker), 0)
    finally:
        os.kill(int(worker), 9)
        out.stdout.close()


def test_a_lock_file_that_was_taken_away_condemns_nobody(tmp_path: Path) -> None:
    name = lock.hold(tmp_path)
    (tmp_path / name).unlink()
    ask = "import sys; from pathlib import Path; from live_studio import lock; sys.exit(lock.is_dead(Path(sys.argv[1]), sys.argv[2]))"
    asked = [sys.executable, "-c", ask, str(tmp_path), name]
    assert subprocess.run(asked, check=False).returncode == 0
    assert lock.hold(tmp_path) == name
    assert (tmp_path / name).exists()
    assert subprocess.run(asked, check=False).returncode == 0


@pytest.mark.parametrize("taken_by", ["a sweeper", "a user"])
def test_a_lock_file_taken_away_before_it_is_locked_is_made_again(
    tmp_path: Path, taken_by: str
) -> None:
    code = """
import fcntl, sys
from pathlib import Path
from live_studio import lock

def pause(frame, event, called):
    # The file is open, and will be locked next.
    if event == "c_call" and called is fcntl.lockf:
        sys.setprofile(None)
        print("opened", flush=True)
        sys.stdin.readline()

sys.setprofile(pause)
print(lock.hold(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "opened\n"
        if taken_by == "a sweeper":
            lock.sweep(tmp_path)
        else:
            next(tmp_path.glob("*.lock")).unlink()
        process.stdin.write("go on\n")
        process.stdin.flush()
        name = process.stdout.readline().strip()
        assert (tmp_path / name).exists()
        assert not lock.is_dead(tmp_path, name)
        lock.sweep(tmp_path)
        # By the lock itself too, and not only because a process of this number runs.
        file = os.open(tmp_path / name, os.O_RDWR)
        assert lock._is_held(file)
        os.close(file)
        process.kill()


def test_a_body_that_comes_again_is_not_written_again(tmp_path: Path) -> None:
    made = opened(tmp_path)
    digest = made.attach(b"picture")
    assert digest
    path = journal.beside(made.path, digest)
    before = path.stat().st_ino, path.stat().st_mtime_ns
    assert made.attach(b"picture") == digest
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == before
    assert reading.attached(made.path, digest) == b"picture"
    made.close()


def test_a_forked_child_has_none_of_its_parents_journals(tmp_path: Path) -> None:
    """`connect` moves a process's own journals; the parent still writes into these."""
    made = opened(tmp_path)
    assert journal.own() == [made]
    child = os.fork()
    if not child:
        os._exit(len(journal.own()))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    made.close()
