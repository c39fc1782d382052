"""How much memory is left, by what the system writes in its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from live_studio.server.memory import spare

GB = 1 << 30


def system(folder: Path, group: str, files: dict[str, str]) -> tuple[Path, Path]:
    """A `/proc` with 8 GB left, of a process in a group with these files."""
    proc, groups = folder / "proc", folder / "cgroup"
    (proc / "self").mkdir(parents=True)
    (proc / "meminfo").write_text(f"MemTotal: 999999999 kB\nMemAvailable: {8 * GB // 1024} kB\n")
    (proc / "self" / "statm").write_text("1000 500 100 1 0 300 0\n")
    (proc / "self" / "cgroup").write_text(group)
    for path, text in files.items():
        (groups / path).parent.mkdir(parents=True, exist_ok=True)
        (groups / path).write_text(text)
    return proc, groups


@pytest.mark.parametrize(
    ("group", "files", "left"),
    [
        ("0::/", {}, 8 * GB),
        (
            "0::/pod/one\n",
            {
                "pod/memory.max": f"{GB}\n",
                "pod/memory.current": f"{GB - 1000}\n",
                "pod/memory.stat": "anon 1\ninactive_file 300\n",
                "pod/one/memory.max": "max\n",
                "pod/one/memory.current": "5\n",
            },
            1300,
        ),
        (
            "5:cpu:/\n4:memory:/of/the/host\n0::/\n",
            {
                "memory/memory.limit_in_bytes": f"{GB}",
                "memory/memory.usage_in_bytes": f"{GB // 2}",
                "memory/memory.stat": "inactive_file 7\ntotal_inactive_file 24\n",
            },
            GB // 2 + 24,
        ),
        ("nonsense", {}, 8 * GB),
    ],
)
def test_the_narrowest_limit_counts(
    tmp_path: Path, group: str, files: dict[str, str], left: int
) -> None:
    assert spare(*system(tmp_path, group, files)) == left


def test_a_system_that_says_nothing_sets_no_limit(tmp_path: Path) -> None:
    assert spare(tmp_path, tmp_path) is None
