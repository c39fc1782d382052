"""One repetition of one contestant: `python -m benchmarks.child bench:function '<arguments>'`.

Runs in the contestant's own interpreter, so it and what it measures import nothing but the
standard library and the contestant.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module


def main() -> None:
    bench, _, function = sys.argv[1].partition(":")
    said = getattr(import_module(f"benchmarks.{bench}"), function)(**json.loads(sys.argv[2]))
    print("\n@@" + json.dumps(said), flush=True)
    # What was measured is over; a contestant that would go on storing at exit delays the others.
    os._exit(0)


if __name__ == "__main__":
    main()
