"""What each page of DVCLive's documentation shows, as programs of their own that import `Live` from DVCLive.

Whatever a page leaves out is filled in here: data that is the same at each run, files that are named.
"""

from __future__ import annotations

EXAMPLES = {
    "how it works": """
from pathlib import Path
from dvclive import Live
from PIL import Image
epochs = 2
with Live(report="notebook") as live:
    live.log_param("epochs", epochs)
    for epoch in range(epochs):
        live.log_metric("metric", epoch + 0.25)
        live.log_metric("nested/metric", epoch + 0.75)
        live.log_image(f"img/{live.step}.png", Image.new("RGB", (50, 50), (epoch, epoch, epoch)))
        Path("model.pt").write_text(str(epoch))
        live.next_step()
    live.log_artifact("model.pt", type="model", name="mymodel")
    live.log_sklearn_plot("confusion_matrix", [0, 0, 1, 1], [0, 1, 0, 1])
    live.log_metric("summary_metric", 1.0, plot=False)
""",
    "overview": """
from dvclive import Live
with Live() as live:
    live.log_param("epochs", 3)
    for epoch in range(3):
        for name, value in {"acc": epoch / 3, "loss": 1 - epoch / 3}.items():
            live.log_metric(name, value)
        live.next_step()
    open("model.pt", "w").write("weights")
    live.log_artifact("model.pt", type="model", name="gpt")
""",
    "end": """
from dvclive import Live
with Live() as live:
    pass
""",
    "log_artifact": """
from pathlib import Path
from dvclive import Live
Path("model.pt").write_text("weights")
with Live() as live:
    live.log_artifact("model.pt", type="model", name="mymodel", desc="A tuned network",
                      labels=["vision", "small"], meta={"depth": 50, "tuned": True})
""",
    "log_artifact, a copy": """
from pathlib import Path
from dvclive import Live
Path("out").mkdir()
Path("out/model.pt").write_text("weights")
with Live() as live:
    live.log_artifact(Path("out/model.pt"), type="model", copy=True)
""",
    "log_artifact, not kept": """
from pathlib import Path
from dvclive import Live
Path("data.csv").write_text("a,b")
with Live() as live:
    live.log_artifact("data.csv", type="dataset", cache=False)
""",
    "log_image": """
import numpy as np
from dvclive import Live
from matplotlib import pyplot as plt
from PIL import Image
Image.new("L", (20, 10), 128).save("batch.png")
with Live(cache_images=True) as live:
    live.log_image("numpy.png", np.ones((500, 500), np.uint8) * 255)
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3, 4])
    live.log_image("matplotlib.png", figure)
    live.log_image("pil.png", Image.new("RGB", (500, 500), (250, 250, 250)))
    live.log_image("sample.png", "batch.png")
""",
    "log_image at each step": """
import numpy as np
from dvclive import Live
with Live() as live:
    base = np.ones((50, 50), np.uint8)
    for i in range(10):
        live.log_image(f"numpy/{live.step}.png", base * i * 10)
        live.next_step()
""",
    "log_metric": """
from dvclive import Live
with Live() as live:
    live.log_metric("train/loss", 0.4)
    live.log_metric("val/loss", 0.9)
    live.next_step()
    live.log_metric("train/loss", 0.2, timestamp=True)
    live.log_metric("val/loss", 0.4, timestamp=True)
""",
    "log_param": """
from dvclive import Live
with Live() as live:
    live.log_param("lr", 1e-3)
    live.log_param("n_iter", 50)
""",
    "log_params": """
from dvclive import Live
live = Live()
live.log_params({
    "num_classes": 10,
    "metrics": ["accuracy", "mae"],
    "training": {"epochs": 42, "optimizer": {"name": "adam", "learning_rate": 1e-3}},
})
""",
    "log_plot, a list": """
from dvclive import Live
rows = [{"name": "petal_width", "importance": 0.4}, {"name": "petal_length", "importance": 0.33},
        {"name": "sepal_width", "importance": 0.24}, {"name": "sepal_length", "importance": 0.03}]
with Live() as live:
    live.log_plot("importance", rows, x="importance", y="name", template="bar_horizontal",
                  title="Iris: Importance", y_label="Name", x_label="Importance")
""",
    "log_plot, a frame": """
import pandas as pd
from dvclive import Live
from sklearn.datasets import load_iris
iris = load_iris()
frame = pd.DataFrame(data=iris.data, columns=iris.feature_names)
with Live() as live:
    live.log_plot("sepal", frame, x="sepal length (cm)", y="sepal width (cm)", template="scatter",
                  title="Width and length")
""",
    "log_plot, an array with names": """
import numpy as np
from dvclive import Live
from sklearn.datasets import load_iris
iris = load_iris()
kinds = [(name, float) for name in iris.feature_names]
named = np.array([tuple(row) for row in iris.data], dtype=kinds)
with Live() as live:
    live.log_plot("named", named, x="sepal length (cm)", y="sepal width (cm)", template="smooth",
                  title="Array with names")
""",
    "log_plot, an array": """
import numpy as np
from dvclive import Live
rows = np.column_stack((np.arange(1, 16), np.linspace(0.45, 0.965, 15)))
with Live() as live:
    live.log_plot("losses", rows, x="0", y="1", template="linear", title="Loss", x_label="Epochs",
                  y_label="Loss")
""",
    "log_sklearn_plot": """
from dvclive import Live
with Live() as live:
    actual, predicted, score = [0, 0, 1, 1], [1, 0, 1, 0], [0.1, 0.4, 0.35, 0.8]
    live.log_sklearn_plot("roc", actual, score)
    live.log_sklearn_plot("confusion_matrix", actual, predicted, name="cm.json")
    live.log_sklearn_plot("calibration", actual, score)
    live.log_sklearn_plot("det", actual, score)
    live.log_sklearn_plot("precision_recall", actual, score)
""",
    "log_sklearn_plot of two classes": """
from dvclive import Live
with Live() as live:
    actual, score = [1, 1, 2, 2], [0.1, 0.4, 0.35, 0.8]
    live.log_sklearn_plot("confusion_matrix", actual, [2, 1, 1, 2])
    live.log_sklearn_plot("det", actual, score, pos_label=2)
    live.log_sklearn_plot("precision_recall", actual, score, pos_label=2)
    live.log_sklearn_plot("roc", actual, score, pos_label=2)
""",
    "make_dvcyaml": """
from dvclive import Live
live = Live()
live.log_param("lr", 0.01)
live.log_metric("acc", 0.9)
live.log_sklearn_plot("confusion_matrix", [0, 0, 1, 1], [1, 0, 0, 1])
live.make_dvcyaml()
""",
    "make_report": """
from dvclive import Live
live = Live()
live.log_sklearn_plot("confusion_matrix", [0, 0, 1, 1], [1, 0, 0, 1])
live.make_report()
""",
    "make_summary": """
from dvclive import Live
live = Live()
live.summary["foo"] = 1.0
live.make_summary()
""",
    "next_step": """
from dvclive import Live
live = Live()
for step in range(3):
    live.log_metric("metric", 0.9)
    live.next_step()
""",
    "a step of one's own": """
from dvclive import Live
live = Live()
for custom in [0, 15, 20]:
    live.step = custom
    live.log_metric("metric_1", 0.9)
    live.log_metric("metric_2", 0.7)
    live.make_summary()
live.make_report()
""",
}
"""By page: a whole program."""
