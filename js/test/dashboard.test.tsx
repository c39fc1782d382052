import { describe, expect, it } from "vitest";
import { mount } from "../src/app.tsx";
import type { Changes, Experiment, Value } from "../src/contract.ts";
import { frames, stubBrowser } from "./browser.ts";
import { FakeTransport } from "./fake_transport.ts";
import { at, changes, commit, experiment, project, SHA } from "./samples.ts";
import { Screen } from "./screen.ts";

const screen = new Screen();
const { all, one } = screen;

const run = (id: string, metrics: Record<string, Value>, more: Partial<Experiment> = {}) =>
  experiment(id, { metrics: { "metrics.json": metrics }, ...more });

const open = (first: Partial<Changes>, transport?: FakeTransport) => screen.open(first, transport);
const send = (more: Partial<Changes>) => screen.send(more);
const text = () => screen.text;
const rowOf = (name: string) => all(".ls-x").find((row) => row.textContent?.includes(name)) as HTMLElement;
const highlighted = () => all(".ls-hot").map((layer) => `${layer.dataset.dir}${layer.parentElement?.textContent}`);

describe("the highlight", () => {
  const before = [run("a", { loss: 0.5, acc: 0.9, note: 1 }), run("b", { loss: 0.7, acc: 0.8 })];

  it("marks exactly the cells whose value has changed, with their direction", async () => {
    await open({ experiments: before });
    expect(highlighted()).toEqual([]);
    await send({ experiments: [run("a", { loss: 0.4, acc: 0.9, note: 2 }), run("b", { loss: 0.7, acc: 0.8 })] });
    expect(highlighted()).toEqual(["↓0.4000", "↑2"]);
  });

  it("cools down and is gone after two seconds, and a new change restarts it", async () => {
    await open({ experiments: before });
    await send({ experiments: [run("a", { loss: 0.4, acc: 0.9, note: 1 })] });
    const heats = new Set<string>();
    const [begun, patience] = [performance.now(), 20_000];
    while (!heats.has("30%") && performance.now() - begun < patience) {
      await frames();
      heats.add(all(".ls-hot")[0]?.style.getPropertyValue("--ls-heat") ?? "");
    }
    expect(heats.size).toBeGreaterThan(3);
    await send({ experiments: [run("a", { loss: 0.3, acc: 0.9, note: 1 })] });
    expect(all(".ls-hot").map((layer) => layer.style.getPropertyValue("--ls-heat"))).toEqual(["100%"]);
    while (highlighted().length > 0 && performance.now() - begun < patience) await frames();
    expect(highlighted()).toEqual([]);
  }, 30_000);

  it("marks nothing when only the digits of a column grow", async () => {
    await open({ experiments: [run("a", { loss: 1 }), run("b", { loss: 2 })] });
    await send({ experiments: [run("a", { loss: 1.25 })] });
    expect(highlighted()).toEqual(["↑1.250"]);
    expect(rowOf("run-b").textContent).toContain("2.000");
  });

  it("marks the name of a run that came while we looked", async () => {
    await open({ experiments: before });
    await send({ experiments: [run("c", { loss: 0.1 })] });
    expect(highlighted()).toEqual(["run-c"]);
  });

  it("marks nothing while the connection is lost", async () => {
    await open({ experiments: before });
    screen.transport.connect({ kind: "lost", since: 0, retryAt: 0, signIn: false });
    await send({ experiments: [run("a", { loss: 0.4, acc: 0.9, note: 1 })] });
    expect(highlighted()).toEqual([]);
  });

  it("fades nothing where motion is unwanted: only the arrow is shown", async () => {
    stubBrowser({ still: true });
    await open({ experiments: before });
    await send({ experiments: [run("a", { loss: 0.4, acc: 0.9, note: 1 })] });
    expect(all(".ls-hot.ls-still")).toHaveLength(1);
  });
});

describe("what somebody logged", () => {
  const markup = '<img src=x onerror="alert(1)">';

  it("is text wherever it is shown", async () => {
    const hostile = run(
      markup,
      { [markup]: markup, "</style><script>": 1 },
      { name: markup, message: markup, status: "failed" },
    );
    const failed = { ...hostile, error: { type: markup, text: markup, cell: null, traceback: null } };
    const commits = [commit(SHA, { title: markup, author: markup, branch: markup })];
    await open({ experiments: [failed], commits, projects: [project(markup), project("two")] });
    one("[aria-haspopup=menu]").click();
    await frames();
    expect(screen.el.querySelector("img, script")).toBeNull();
    expect(text().split(markup).length).toBeGreaterThan(5);
  });
});

describe("rows", () => {
  it("stand under their commit, with Detached on top", async () => {
    const detached = experiment("d", {
      place: { kind: "detached", reason: "rewritten", advice: "Do this.", now: "a1b2c3d4" },
    });
    await open({ experiments: [experiment("a"), detached], commits: [commit(SHA, { title: "Cosine" })] });
    const rows = all(".ls-row").map((row) => row.querySelector(".ls-cell")?.textContent);
    expect(rows).toEqual([
      "Detached experiments1no parent commit in this repository",
      "run-drewritten, now a1b2c3d",
      "main1",
      "7f3e9a1Cosine",
      "run-a",
    ]);
    expect(one(".ls-tag").title).toBe("Do this.");
  });

  it("are drawn only where they can be seen", async () => {
    await open({ experiments: Array.from({ length: 3000 }, (_, index) => run(String(index), { loss: index })) });
    expect(all(".ls-x").length).toBeLessThan(60);
    expect(one("[role=treegrid]").getAttribute("aria-rowcount")).toBe("3003");
  });

  it("open and close with their commit", async () => {
    await open({ experiments: [experiment("a")], commits: [commit(SHA)] });
    one(".ls-co .ls-tw").click();
    await frames();
    expect(all(".ls-x")).toEqual([]);
    expect(one(".ls-co").getAttribute("aria-expanded")).toBe("false");
  });

  it("take a colour when their box is ticked", async () => {
    await open({ experiments: [experiment("a"), experiment("b")] });
    const box = () => rowOf("run-a").querySelector<HTMLElement>("[role=checkbox]") as HTMLElement;
    expect(box().getAttribute("aria-checked")).toBe("true");
    box().click();
    await frames();
    expect(box().getAttribute("aria-checked")).toBe("false");
    expect(text()).toContain("1 selected · 2 experiments");
  });

  it("show only running ones while Live is pressed", async () => {
    const done = experiment("done", { status: "completed", ended_at: at(60) });
    await open({ experiments: [experiment("a"), done] });
    const live = all(".ls-bar button").find((button) => /^Live\d/.test(button.textContent ?? "")) as HTMLElement;
    expect(live.textContent).toBe("Live1");
    live.click();
    await frames();
    expect(all(".ls-x").map((row) => row.querySelector(".ls-cut")?.textContent)).toEqual(["run-a"]);
    await send({ experiments: [experiment("a", { status: "completed", ended_at: at(0) })] });
    expect(text()).toContain("Nothing is running");
  });
});

describe("deleting", () => {
  const key = (name: string) =>
    one("[role=treegrid]").dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));
  const remove = async (behind = 1) => {
    await open({ experiments: [experiment("a"), experiment("b")] });
    screen.transport.behind = behind;
    for (const name of ["End", "Delete"]) {
      key(name);
      await frames();
    }
  };

  it("takes the row away at once and offers the way back", async () => {
    await remove();
    expect(screen.transport.calls).toEqual(["remove a"]);
    expect(all(".ls-x")).toHaveLength(1);
    expect(text()).toContain("Deleted run-a");
    (all(".ls-toast button")[0] as HTMLElement).click();
    await frames();
    expect(screen.transport.calls).toEqual(["remove a", "restore a"]);
    expect(all(".ls-x")).toHaveLength(2);
  });

  it("shows a deleted run that runs again", async () => {
    await remove(2);
    await send({ experiments: [experiment("a", { step: 7 })] });
    expect(all(".ls-x")).toHaveLength(1);
    await send({ deleted: ["a"] });
    expect(all(".ls-x")).toHaveLength(1);
    await send({ experiments: [experiment("a", { generation: 2 })] });
    expect(all(".ls-x")).toHaveLength(2);
  });

  it("shows what was restored elsewhere before the deletion was heard of", async () => {
    await remove();
    await send({ experiments: [experiment("a")] });
    expect(all(".ls-x")).toHaveLength(2);
  });

  it("hides nothing that runs again before the next paint", async () => {
    await remove();
    screen.transport.send({ deleted: ["a"] });
    screen.transport.send({ experiments: [experiment("a", { generation: 2 })] });
    await frames();
    expect(all(".ls-x")).toHaveLength(2);
  });

  it("leaves the tick when it is undone", async () => {
    await remove();
    await send({ deleted: ["a"] });
    expect(text()).toContain("1 selected");
    (all(".ls-toast button")[0] as HTMLElement).click();
    await send({ experiments: [experiment("a")] });
    expect(rowOf("run-a").querySelector("[role=checkbox]")?.getAttribute("aria-checked")).toBe("true");
  });

  it("is undone by Ctrl Z too", async () => {
    await remove();
    const undo = new KeyboardEvent("keydown", { key: "z", ctrlKey: true, bubbles: true, cancelable: true });
    one("[role=treegrid]").dispatchEvent(undo);
    await frames();
    expect(undo.defaultPrevented).toBe(true);
    expect(screen.transport.calls).toEqual(["remove a", "restore a"]);
  });

  it("marks as stopped what still counts as running, and takes that back", async () => {
    await open({ experiments: [experiment("a"), experiment("b", { status: "completed", ended_at: at(0) })] });
    (one("[aria-label='Menu of run-b']") as HTMLElement).click();
    await frames();
    expect(screen.text).not.toContain("Mark as stopped");
    (one("[aria-label='Menu of run-a']") as HTMLElement).click();
    await frames();
    all("[role=menuitem]")
      .find((item) => item.textContent?.startsWith("Mark as stopped"))
      ?.click();
    await frames();
    expect(text()).toContain("Marked run-a as stopped");
    (all(".ls-toast button")[0] as HTMLElement).click();
    await frames();
    expect(screen.transport.calls).toEqual(["mark-stopped a", "unmark-stopped a"]);
  });

  it("brings the row back when the server refuses, and says why", async () => {
    await open({ experiments: [experiment("a")] });
    screen.transport.refuse = "You may only look.";
    key("End");
    await frames();
    key("Delete");
    await frames();
    expect(all(".ls-x")).toHaveLength(1);
    expect(text()).toContain("run-a was not deleted. You may only look.");
  });

  it("is not offered where nothing can be changed", async () => {
    const readOnly = new FakeTransport({ kind: "kernel" });
    Object.assign(readOnly, { actions: null });
    await open({ experiments: [experiment("a")] }, readOnly);
    one("[aria-label='Menu of run-a']").click();
    await frames();
    expect(all("[role=menuitem]").map((item) => item.textContent)).not.toContain("DeleteDel");
    key("Escape");
    key("End");
    await frames();
    key("Delete");
    expect(readOnly.calls).toEqual([]);
  });
});

describe("keys", () => {
  it("stay in the dashboard, except those a notebook needs everywhere", async () => {
    await open({ experiments: [experiment("a")] });
    const leaked: string[] = [];
    const listen = (event: Event) => leaked.push((event as KeyboardEvent).key);
    screen.el.addEventListener("keydown", listen);
    const press = (key: string, more = {}) =>
      one("[role=treegrid]").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...more }));
    for (const plain of ["d", "a", "Enter", "Delete", "ArrowDown", "l"]) press(plain);
    press("s", { ctrlKey: true });
    press("Enter", { shiftKey: true });
    press("Tab");
    expect(leaked).toEqual(["s", "Enter", "Tab"]);
  });
});

describe("states", () => {
  it("says what to run while there is nothing", async () => {
    await open({});
    expect(text()).toContain("No experiments yet");
    expect(text()).toContain("with Live() as live:");
    expect(text()).toContain("Already using DVCLive");
  });

  it.each(["kernel", "snapshot"] as const)("does not promise other loggers without a server: %s", async (kind) => {
    await open({}, new FakeTransport({ kind }));
    expect(text()).toContain("with Live() as live:");
    expect(text()).not.toContain("DVCLive");
  });

  it("says nothing before the first answer", async () => {
    screen.transport = new FakeTransport({ kind: "connecting" });
    screen.close = mount(screen.el, { transport: screen.transport, project: "" });
    await frames();
    expect(text()).not.toContain("No experiments yet");
  });

  it("keeps the values and says from when they are while the connection is lost", async () => {
    await open({ experiments: [run("a", { loss: 0.5 })] });
    screen.transport.connect({
      kind: "lost",
      since: Date.parse(at(0)),
      retryAt: screen.transport.now() + 4000,
      signIn: false,
    });
    await frames();
    expect(text()).toContain("Training goes on and nothing is lost. Next try in 4 s.");
    expect(text()).toContain("Values from");
    expect(rowOf("run-a").textContent).toContain("0.5000");
    (all(".ls-banner button")[0] as HTMLElement).click();
    expect(screen.transport.calls).toEqual(["retry"]);
  });

  it("says what is wrong with the store for as long as it is, whatever else arrives", async () => {
    await open({ experiments: [run("a", { loss: 0.5 })] });
    const trouble = { kind: "full", text: "The store's disk is full.", since: at(60) } as const;
    screen.transport.receive(changes(1, { now: at(0), trouble }));
    await frames();
    expect(all(".ls-banner.ls-bad")).toHaveLength(1);
    expect(text()).toMatch(/Nothing has been stored since .*\. The store's disk is full\./);
    expect(rowOf("run-a").textContent).toContain("0.5000");
    screen.transport.receive(changes(2, { now: at(0), experiments: [run("b", { loss: 0.25 })], trouble }));
    await frames();
    expect(text()).toContain("The store's disk is full.");
    screen.transport.receive(changes(2, { now: at(0) }));
    await frames();
    expect(all(".ls-banner")).toHaveLength(0);
  });

  it("tells what happened to the store, with alarm only where something is missing or will be", async () => {
    await open({ experiments: [run("a", { loss: 0.5 })] });
    const damaged = "The store's file store.db was damaged.";
    screen.transport.receive(changes(2, { now: at(0), trouble: { kind: "damaged", text: damaged, since: at(60) } }));
    await frames();
    expect(all(".ls-banner.ls-bad")).toHaveLength(0);
    expect(text()).toContain(damaged);
    const heard = { damaged: "", cut: "A part of the store may be missing.", memory: "Nothing is saved for good." };
    for (const kind of ["cut", "damaged", "memory"] as const) {
      screen.transport.receive(changes(3, { now: at(0), trouble: { kind, text: "Why.", since: at(60) } }));
      await frames();
      expect(all(".ls-banner.ls-bad")).toHaveLength(heard[kind] ? 1 : 0);
      expect(text()).toContain(`${heard[kind]} Why.`.trim());
    }
  });

  it("leaves nothing behind when it is closed, also twice", async () => {
    await open({ experiments: [experiment("a")] });
    screen.close();
    screen.close();
    expect(screen.el.childNodes).toHaveLength(0);
    await frames();
    expect(screen.transport.watched).toBe(false);
  });
});
