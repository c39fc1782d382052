"""What the store takes and what may go, said before anything does; a project as a file, out and in, and every trouble on the way."""

from __future__ import annotations

import re
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Open
from tests.browser.lab import DASHBOARD, WAIT
from tests.browser.looks import looked_at, violations
from tests.browser.scene import DAY, RUNS, Scene
from tests.servers import JUPYTER_TOKEN, Server, running

SIZES = {"wide": (1300, 800), "narrow": (600, 800)}
READ_ONLY = """
import pathlib
from jupyter_server.auth import Authorizer
class Readers(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return action == "read" or resource != "live_studio" or not pathlib.Path(__file__).with_name("closed").exists()
"""
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
OLD = "a-name-that-says-all-of-the-settings-lr-0.001-b-128"


@pytest.fixture(scope="module", name="scene")
def _scene(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    scene = Scene(server, tmp_path_factory.mktemp("scene"))
    yield scene
    scene.studio.close()


@pytest.fixture(name="storage")
def _storage(scene: Scene, page: Page) -> Locator:
    scene.open(page)
    return opened(page)


@pytest.fixture(scope="module", name="other")
def _other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, on which nobody may write from when a file is there."""
    folder = tmp_path_factory.mktemp("other")
    (folder / "readers.py").write_text(READ_ONLY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        with running(folder, "/", "--ServerApp.authorizer_class=readers.Readers") as server:
            yield server


def opened(page: Page) -> Locator:
    page.locator("button[aria-haspopup=menu]").first.click()
    page.get_by_role("menuitem", name="Storage").click()
    storage = page.get_by_role("dialog", name="Storage")
    storage.get_by_text("the store's file").wait_for()
    return storage


def status(storage: Locator) -> Locator:
    return storage.get_by_role("form").get_by_role("status")


def file_status(storage: Locator) -> Locator:
    return storage.get_by_role("region", name="One file").get_by_role("status")


def names(storage: Locator, which: str) -> list[str]:
    return storage.locator(f".ls-so-table tbody tr{which} td:first-child").all_inner_texts()


def test_what_would_go_is_named_before_it_goes_and_comes_back(
    scene: Scene, storage: Locator, page: Page
) -> None:
    move = storage.get_by_role("button", name="Move")
    expect(move).to_be_disabled()
    expect(storage).to_contain_text(f"{len(RUNS)} experiments")
    expect(storage.locator(".ls-so-path")).to_contain_text(str(scene.server.store))
    # By age: nothing here is that old.
    storage.get_by_label("Older than").fill("90")
    expect(status(storage)).to_have_text("Nothing goes by these limits.")
    expect(move).to_be_disabled()
    # What means nothing is said by its name.
    storage.get_by_label("Older than").fill("soon")
    expect(status(storage)).to_contain_text("'soon' is no number of days")
    # By number: what runs stays, and says why.
    storage.get_by_label("Older than").fill("")
    storage.get_by_label("Keep the newest").fill("1")
    expect(status(storage)).to_contain_text("experiments, ")
    going, staying = names(storage, ":not([data-stays])"), names(storage, "[data-stays]")
    # All but the newest of all, which is one of the two that log.
    assert going == ["umber-knit", "cosine-b256", "warmup-10"]
    assert len(going) + len(staying) == len(RUNS) - 1
    assert {"colab-probe", OLD} <= set(staying)
    expect(status(storage)).to_contain_text(f"{len(staying)} stay, because they run")
    expect(storage.locator("tr[data-stays]").first).to_contain_text("stays: it may still log")
    storage.get_by_label("Running ones too").check()
    expect(storage.locator("tr[data-stays]")).to_have_count(0)
    storage.get_by_label("Running ones too").uncheck()
    expect(storage.locator("tr[data-stays]")).to_have_count(len(staying))
    expect(move).to_have_text(f"Move {len(going)} to the trash")
    # By the keyboard: Enter in a field is the button.
    storage.get_by_label("Keep the newest").press("Enter")
    storage.wait_for(state="detached")
    expect(page.locator(".ls-x")).to_have_count(len(RUNS) - len(going), timeout=WAIT)
    expect(page.locator(".ls-toast")).to_contain_text(f"Deleted {len(going)} experiments")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".ls-foot")).to_contain_text(f"{len(RUNS)} experiments", timeout=WAIT)
    # The focus is where the panel was opened.
    assert page.evaluate(
        "document.activeElement.closest('.ls') !== null || document.activeElement === document.body"
    )


def test_a_project_is_saved_and_taken_in_with_an_answer_that_says_what_came(
    scene: Scene, other: Server, storage: Locator, page: Page, browser: Browser, tmp_path: Path
) -> None:
    with page.expect_download() as download:
        storage.get_by_role("button", name="Save cifar-resnet as a file").click()
    assert download.value.suggested_filename == "cifar-resnet.live-studio"
    path = tmp_path / "cifar-resnet.live-studio"
    download.value.save_as(path)
    expect(file_status(storage)).to_contain_text("was handed to the browser")
    # Here all of it is known already; one lies in the trash.
    chosen = storage.get_by_label("A project's file")
    scene.studio.delete(next(one.id for one in scene.studio.experiments() if one.name == OLD))
    chosen.set_input_files(path)
    said = file_status(storage)
    expect(said).to_contain_text("Nothing new came in", timeout=WAIT)
    expect(said).to_contain_text(
        f"{len(RUNS)} were here already, and stayed as they are. 1 of them lies in the trash"
    )
    scene.studio.restore_all([int(one["id"]) for one in scene.studio.trash()])
    # A file that is none.
    chosen.set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no project"})
    expect(storage.get_by_role("alert")).to_contain_text(
        "notes.txt was not taken in. the file is damaged, or none"
    )
    # Elsewhere all of it is new.
    context = browser.new_context()
    there = context.new_page()
    there.goto(f"{other.url}?token={JUPYTER_TOKEN}")
    there.get_by_text("No experiments yet").wait_for(timeout=WAIT)
    empty = opened(there)
    expect(empty).to_contain_text("0 experiments")
    assert looked_at(there, "storage empty") == []
    empty.get_by_label("A project's file").set_input_files(path)
    expect(file_status(empty)).to_contain_text(f"{len(RUNS)} experiments came in: ", timeout=WAIT)
    empty.get_by_role("button", name="Open cifar-resnet").click()
    expect(there.locator(".ls-x")).to_have_count(len(RUNS), timeout=WAIT)
    # Who may only look there is told so, and nothing goes.
    (other.folder / "closed").touch()
    storage = opened(there)
    storage.get_by_label("Keep the newest").fill("7")
    storage.get_by_role("button", name="Move 1 to the trash").click()
    expect(there.locator(".ls-toast")).to_contain_text(
        "was not deleted. You may look here, and not change anything."
    )
    expect(there.locator(".ls-x")).to_have_count(len(RUNS))
    context.close()


@pytest.mark.parametrize(("size", "theme"), [("wide", "light"), ("narrow", "dark")])
def test_nothing_is_cut_and_axe_finds_nothing(
    scene: Scene, browser: Browser, size: str, theme: str
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
    page = scene.open(context.new_page())
    storage = opened(page)
    name = f"storage {size} {theme}"
    found = looked_at(page, f"{name} first")
    storage.get_by_label("Keep the newest").fill("1")
    expect(storage.locator(".ls-so-table")).to_be_visible()
    found += looked_at(page, name) + violations(page, name)
    context.close()
    assert found == []


def test_a_full_disk_and_a_lost_server_are_said_and_nothing_is_lost(
    scene: Scene, storage: Locator, page: Page
) -> None:
    save = storage.get_by_role("button", name="Save cifar-resnet as a file")
    pid = scene.server.process.pid
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    try:
        save.click()
        expect(storage.get_by_role("alert")).to_contain_text(
            re.compile("cifar-resnet was not saved. .*disk"), timeout=WAIT
        )
        assert looked_at(page, "storage failed") == []
        assert violations(page, "storage failed") == []
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, UNLIMITED)
    page.context.set_offline(True)
    storage.get_by_label("Keep the newest").fill("1")
    expect(status(storage)).to_contain_text("Failed to fetch")
    expect(storage.get_by_role("button", name="Move")).to_be_disabled()
    page.context.set_offline(False)


def test_the_trash_is_emptied_only_after_a_second_yes(scene: Scene, page: Page) -> None:
    gone = next(one.id for one in scene.studio.experiments() if one.name == "warmup-10")
    scene.now -= DAY
    scene.studio.delete(gone)
    scene.now += DAY
    scene.open(page)
    storage = opened(page)
    expect(storage).to_contain_text("1 in the trash")
    storage.get_by_role("button", name="Empty the trash").click()
    storage.get_by_role("button", name="Keep").click()
    expect(storage).to_contain_text("1 in the trash")
    storage.get_by_role("button", name="Empty the trash").click()
    storage.get_by_role("button", name="Yes").click()
    expect(storage).to_contain_text("1 experiment is gone for good.")
    expect(storage).to_contain_text("0 in the trash")
    assert not scene.studio.restore(gone)


def test_in_a_notebook_the_same_panel_stands_over_the_output(
    lab: Open, page: Page, scene: Scene
) -> None:
    lab("%load_ext live_studio", "%live_studio").run_all()
    page.locator(DASHBOARD).locator("button[aria-haspopup=menu]").first.click(timeout=WAIT)
    page.get_by_role("menuitem", name="Storage").click()
    storage = page.get_by_role("dialog", name="Storage")
    storage.get_by_label("Keep the newest").fill("0")
    storage.get_by_role("combobox", name="In").select_option("all projects")
    expect(storage.get_by_role("button", name="Move")).to_be_enabled(timeout=WAIT)
    page.keyboard.press("Escape")
    storage.wait_for(state="detached")
    assert page.evaluate("document.activeElement.matches('[aria-haspopup=menu]')")
