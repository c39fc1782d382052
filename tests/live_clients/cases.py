"""Training loops as people write them, for the real DVCLive and for our `Live` alike."""

from __future__ import annotations

from textwrap import indent

CASES = {
    "loop": """
live.log_params({"lr": 0.001, "epochs": 3, "optimizer": {"name": "adam", "betas": [0.9, 0.999]}})
for step in range(3):
    live.log_metric("train/loss", 1 / (step + 1))
    live.log_metric("train/deep/accuracy", 0.5 + step / 10)
    live.log_metric("eval/loss", 2.0)
    live.next_step()
""",
    "parameters": """
live.log_param("text", "adam")
live.log_param("flag", True)
live.log_param("nothing", None)
live.log_param("whole", 3)
live.log_param("large", 2**60)
live.log_param("list", [1, 2.5, "three", [4]])
live.log_params({"lr": 0.1, "text": "sgd", "nested": {"a": {"b": 1}}})
live.log_params({"nested": {"c": 2}})
live.log_metric("loss", 1.0)
live.next_step()
""",
    "numbers": """
import numpy
for step, value in enumerate([1.5, float("nan"), float("inf"), float("-inf"), 0, 1e-300, -0.0]):
    live.log_metric("loss", value)
    live.log_metric("count", step)
    live.log_metric("float32", numpy.float32(0.25) * step)
    live.log_metric("float64", numpy.float64(0.1) * step)
    live.log_metric("int64", numpy.int64(step))
    live.log_metric("large", 2**60 + step)
    live.next_step()
""",
    "last value is not finite": """
live.log_metric("loss", 1.0)
live.log_metric("gain", 1.0)
live.next_step()
live.log_metric("loss", float("nan"))
live.log_metric("gain", float("-inf"))
live.next_step()
""",
    "numbers as text": """
for step in range(2):
    live.log_metric("quoted", "3.25")
    live.log_metric("missing", "nan")
    live.log_metric("verdict", "good", plot=False)
    live.next_step()
""",
    "without a plot": """
for step in range(3):
    live.log_metric("only/summary", step * 10, plot=False)
    live.log_metric("loss", 0.5)
    live.next_step()
""",
    "nothing but a summary": """
live.log_metric("accuracy", 0.9, plot=False)
""",
    "with timestamps": """
for step in range(2):
    live.log_metric("loss", 0.5 * step, timestamp=True)
    live.next_step()
""",
    "no next_step": """
live.log_metric("loss", 0.5)
live.log_metric("accuracy", 1)
""",
    "log after the last next_step": """
live.log_metric("loss", 1.0)
live.next_step()
live.log_metric("loss", 0.5)
live.log_metric("test/accuracy", 0.9)
""",
    "two values in a step": """
for step in range(2):
    live.log_metric("loss", 1.0)
    live.log_metric("loss", 0.5)
    live.next_step()
""",
    "one value per epoch": """
for step in range(6):
    live.log_metric("loss", 1.0 / (step + 1))
    if step % 3 == 2:
        live.log_metric("eval/loss", step)
    live.next_step()
""",
    "step by hand": """
for step in (10, 20, 30):
    live.step = step
    live.log_metric("loss", step / 10)
    live.next_step()
""",
    "step by hand without next_step": """
live.step = 7
live.log_metric("loss", 0.5)
""",
    "step by hand after next_step": """
live.log_metric("loss", 0.5)
live.next_step()
live.step = 5
live.log_metric("loss", 0.25)
""",
    "steps that go back": """
for step in (5, 3, 4):
    live.step = step
    live.log_metric("loss", float(step))
    live.next_step()
""",
    "names": """
live.log_metric("with space", 1.0)
live.log_metric("dots.in.name", 2.0)
live.log_metric("unicode \\u03c0 (%)", 3.0)
live.log_metric("a/b/c/d", 4.0)
live.next_step()
""",
    "parameters alone": """
live.log_params({"lr": 0.1})
""",
    "parameters after the first step": """
live.log_metric("loss", 1.0)
live.next_step()
live.log_param("found", 3)
live.log_metric("loss", 0.5)
live.next_step()
""",
    "steps alone": """
live.next_step()
live.next_step()
""",
    "nothing": """
pass
""",
    "many steps": """
for step in range(40):
    live.log_metric("loss", 1 / (step + 1))
    live.next_step()
""",
}

OPENED = {
    "message": 'exp_message="What was tried, and why"',
    "folder": 'dir="logs/run 1"',
    "from below": 'dir="../up"',
}
"""Ways to open a run; what is logged in them is the same."""

FOLDERS = {"from below": "deep/below"}
"""Where the program stands then, if not at the root."""

CASES |= dict.fromkeys(OPENED, CASES["loop"])

SINGLE = """
import numpy
live.log_metric("loss", numpy.float32(0.1))
live.next_step()
"""
"""The one case in which the points differ, see `test_equal`."""


def script(module: str, name: str, **more: str) -> str:
    """The program that runs every case as `<name>-<case>`; `more` are arguments of `Live`."""
    lines = ["import os", f"from {module} import Live", "root = os.getcwd()"]
    for case, code in (CASES | {"single": SINGLE}).items():
        folder = FOLDERS.get(case, ".")
        arguments = [f"exp_name={f'{name}-{case}'.replace(' ', '-')!r}", OPENED.get(case, "")]
        arguments += [f"{key}={value}" for key, value in more.items()]
        lines += [f"os.makedirs({folder!r}, exist_ok=True)", f"os.chdir({folder!r})"]
        lines.append(f"with Live({', '.join(filter(None, arguments))}) as live:")
        lines += [indent(code.strip(), "    "), "os.chdir(root)"]
    return "\n".join(lines)
