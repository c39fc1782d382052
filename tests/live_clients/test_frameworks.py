"""PyTorch Lightning, Fabric, Keras, Transformers and fastai really train here, into our `Live`, through DVCLive's callbacks.

They weigh more than a gigabyte, so `make frameworks` installs them beside the other packages and runs this; what their
callbacks ask of a `Live` is read in their source in every run of the tests (`test_callbacks.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from live_studio import Live
from live_studio.studio import Studio
from tests.live_clients.test_callbacks import stored

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(900)]

EPOCHS = 3


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is asked of a hub, and every cache is the test's own."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")


def samples() -> tuple[Any, Any]:
    import torch

    torch.manual_seed(1)
    numbers = torch.rand(64, 4)
    return numbers, (numbers.sum(dim=1, keepdim=True) > 2).float()


def whole(studio: Studio) -> tuple[dict[str, Any], dict[str, list[float]]]:
    """The one row there is, as a page is told it, and its series by metric."""
    (row,) = studio.changes().value["experiments"]
    series = {
        path.removeprefix("dvclive/plots/metrics/").removesuffix(".tsv"): values
        for path, values in stored(studio).items()
    }
    return row, series


@pytest.mark.parametrize("checkpoints", [False, "all"], ids=["numbers", "checkpoints"])
def test_lightning_trains_into_our_live(
    studio: Studio, tmp_path: Path, checkpoints: bool | str
) -> None:
    import lightning
    import torch
    from dvclive.lightning import DVCLiveLogger

    seen: list[float] = []

    class Model(lightning.LightningModule):
        def __init__(self, rate: float = 0.1) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.layer = torch.nn.Linear(4, 1)

        def training_step(self, batch: Any, _: int) -> Any:
            numbers, classes = batch
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                self.layer(numbers), classes
            )
            self.log("train/loss", loss, on_step=False, on_epoch=True)
            return loss

        def on_train_epoch_end(self) -> None:
            seen.append(float(self.trainer.callback_metrics["train/loss"]))

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=self.hparams["rate"])

    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*samples()), batch_size=16)
    live = Live(exp_name="lightning")
    trainer = lightning.Trainer(
        max_epochs=EPOCHS, accelerator="cpu", default_root_dir=tmp_path,
        logger=DVCLiveLogger(experiment=live, log_model=checkpoints),
        enable_checkpointing=bool(checkpoints), enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(Model(), data)
    row, series = whole(studio)
    assert row["status"] == "completed"
    assert row["params"]["dvclive/params.yaml"] == {"rate": 0.1}
    (losses,) = (values for name, values in series.items() if name.endswith("train/loss"))
    assert losses == pytest.approx(seen)
    assert series["epoch"] == list(range(EPOCHS))
    assert bool(row["artifacts"]) == bool(checkpoints)


def test_a_loop_of_fabrics_logs_to_our_live(studio: Studio) -> None:
    import torch
    from dvclive.fabric import DVCLiveLogger
    from lightning.fabric import Fabric

    live = Live(exp_name="fabric")
    logger = DVCLiveLogger(experiment=live)
    fabric = Fabric(accelerator="cpu", loggers=[logger])
    model = torch.nn.Linear(4, 1)
    model, optimizer = fabric.setup(model, torch.optim.SGD(model.parameters(), lr=0.1))
    numbers, classes = samples()
    seen = []
    for step in range(1, EPOCHS + 1):
        loss = torch.nn.functional.mse_loss(model(numbers), classes)
        fabric.backward(loss)
        optimizer.step()
        optimizer.zero_grad()
        fabric.log_dict({"loss": loss}, step=step)
        seen.append(loss.item())
    logger.finalize("success")
    row, series = whole(studio)
    assert (row["status"], row["step"]) == ("completed", EPOCHS)
    assert series == {"loss": seen}


def test_keras_trains_into_our_live(studio: Studio) -> None:
    """DVCLive's callback asks TensorFlow for its Keras."""
    import numpy
    import tensorflow
    from dvclive.keras import DVCLiveCallback

    numbers = numpy.random.default_rng(1).random((64, 4))
    classes = (numbers.sum(axis=1) > 2).astype(float)
    model = tensorflow.keras.Sequential([tensorflow.keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer="sgd", loss="binary_crossentropy", metrics=["accuracy"])
    callback = DVCLiveCallback(live=Live(exp_name="keras"))
    how = {"epochs": EPOCHS, "verbose": 0, "validation_split": 0.25, "callbacks": [callback]}
    history = model.fit(numbers, classes, **how).history
    row, series = whole(studio)
    assert (row["status"], row["step"]) == ("completed", EPOCHS - 1)
    assert series == {
        f"{'eval' if name.startswith('val_') else 'train'}/{name.removeprefix('val_')}": values
        for name, values in history.items()
    }


@pytest.mark.parametrize("whose", ["dvclive", "transformers"])
def test_transformers_trains_into_our_live(studio: Studio, tmp_path: Path, whose: str) -> None:
    """By DVCLive's own callback, which it calls deprecated, and by the one that Transformers has."""
    import torch
    import transformers

    if whose == "dvclive":
        from dvclive.huggingface import DVCLiveCallback
    else:
        from transformers.integrations import DVCLiveCallback

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def forward(self, x: Any, labels: Any) -> dict[str, Any]:
            found = self.layer(x)
            return {"loss": torch.nn.functional.mse_loss(found, labels), "logits": found}

    numbers, classes = samples()
    rows = [{"x": x, "labels": label} for x, label in zip(numbers, classes, strict=True)]
    live = Live(exp_name="transformers")
    how = transformers.TrainingArguments(
        output_dir=str(tmp_path / "out"), num_train_epochs=EPOCHS, per_device_train_batch_size=16,
        logging_strategy="epoch", save_strategy="no", report_to=[], use_cpu=True, disable_tqdm=True,
    )  # fmt: skip
    callback = DVCLiveCallback(live=live)
    trainer = transformers.Trainer(
        model=Model(), args=how, train_dataset=rows, callbacks=[callback]
    )
    trainer.train()
    row, series = whole(studio)
    assert row["status"] == "completed"
    assert row["params"]["dvclive/params.yaml"]["num_train_epochs"] == EPOCHS
    losses = [one["loss"] for one in trainer.state.log_history if "loss" in one]
    assert series["loss"] == losses
    assert len(losses) == EPOCHS


def test_fastai_trains_into_our_live(studio: Studio) -> None:
    import torch
    from dvclive.fastai import DVCLiveCallback
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner

    data = torch.utils.data.TensorDataset(*samples())
    loaders = DataLoaders(*(torch.utils.data.DataLoader(data, batch_size=16) for _ in range(2)))
    loss = torch.nn.BCEWithLogitsLoss()
    learner = Learner(loaders, torch.nn.Linear(4, 1), loss_func=loss)
    with learner.no_logging():
        learner.fit(EPOCHS, cbs=[DVCLiveCallback(live=Live(exp_name="fastai"))])
    row, series = whole(studio)
    assert (row["status"], row["step"]) == ("completed", EPOCHS - 1)
    assert row["params"]["dvclive/params.yaml"]["model"] == "Linear"
    seen = list(zip(*learner.recorder.values, strict=True))
    assert series["train/loss"] == pytest.approx(list(seen[0]))
    assert series["eval/loss"] == pytest.approx(list(seen[1]))
