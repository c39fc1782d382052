import { describe, expect, it } from "vitest";
import type { Experiment, Value } from "../src/contract.ts";
import { frames } from "./browser.ts";
import { at, commit, experiment, project, SHA } from "./samples.ts";
import { Screen } from "./screen.ts";

const screen = new Screen();
const { all, one, click, press } = screen;

const run = (id: string, acc: Value, lr: Value = 0.1, more: Partial<Experiment> = {}) =>
  experiment(id, { metrics: { "m.json": { acc } }, params: { "p.yaml": { lr, model: "x" } }, ...more });

const runs = () => [
  run("a", 0.5, 0.1, { started_at: at(300) }),
  run("b", 0.9, 0.2, { started_at: at(200) }),
  run("c", 0.7, 0.3, { started_at: at(100), status: "failed", ended_at: at(50) }),
];
const open = (experiments = runs()) => screen.open({ experiments, commits: [commit(SHA)] });
const names = () => all(".ls-x .ls-name .ls-cut").map((name) => name.textContent);
const heads = () => all(".ls-head .ls-col b").map((head) => head.textContent);
const head = (name: string) => all(".ls-head [role=columnheader]").find((one) => one.textContent?.includes(name));
const button = (label: string) =>
  all("button, input, select").find(
    (el) => el.getAttribute("aria-label") === label || el.querySelector(".ls-word")?.textContent === label,
  ) as HTMLElement;
const item = (word: string) => all("[role^=menuitem]").find((one) => one.textContent?.includes(word));
const table = () => one("[role=treegrid]");

async function type(field: HTMLElement, value: string): Promise<void> {
  (field as HTMLInputElement).value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
  await frames();
}

async function menuOf(name: string, word: string): Promise<void> {
  await click(button(`Menu of ${name}`));
  await click(item(word));
}

describe("sorting", () => {
  it("by a press on a head: up, down, and as before", async () => {
    await open();
    expect(names()).toEqual(["run-c", "run-b", "run-a"]);
    await click(head("acc"));
    expect(names()).toEqual(["run-a", "run-c", "run-b"]);
    expect(head("acc")?.getAttribute("aria-sort")).toBe("ascending");
    await click(head("acc"));
    expect(names()).toEqual(["run-b", "run-c", "run-a"]);
    await click(head("acc"));
    expect(names()).toEqual(["run-c", "run-b", "run-a"]);
  });

  it("follows new values, though not at once: rows that jump cannot be read", async () => {
    await open();
    await click(head("acc"));
    await screen.send({ experiments: [run("a", 0.99, 0.1, { started_at: at(300) })] });
    expect(names()).toEqual(["run-a", "run-c", "run-b"]);
    await screen.send({ now: at(-3) });
    expect(names()).toEqual(["run-c", "run-b", "run-a"]);
  });

  it("leaves the keyboard in the row it was in", async () => {
    await open();
    await press(table(), "End");
    expect(one(".ls-active").textContent).toContain("run-a");
    await click(head("acc"));
    expect(one(".ls-active").textContent).toContain("run-a");
    await press(table(), "ArrowDown");
    expect(one(".ls-active").textContent).toContain("run-c");
  });

  it("by S on the column the keyboard is in", async () => {
    await open();
    await press(table(), "End");
    await press(table(), "ArrowRight");
    await press(table(), "ArrowRight");
    expect(one(".ls-active .ls-cur").textContent).toContain("0.5000");
    await press(table(), "s");
    expect(head("acc")?.getAttribute("aria-sort")).toBe("ascending");
  });
});

describe("filters", () => {
  it("are made in a panel, said in chips and taken away there", async () => {
    await open();
    await click(button("Filter"));
    await click(all(".ls-add")[0]);
    await type(all(".ls-filter input[aria-label=Value]")[0] as HTMLElement, "0.7");
    expect(names()).toEqual(["run-c", "run-b"]);
    expect(one(".ls-chips").textContent).toContain("acc ≥ 0.7");
    expect(one(".ls-foot").textContent).toContain("2 of 3 experiments match");
    await click(button("Remove acc ≥ 0.7"));
    expect(names()).toHaveLength(3);
  });

  it("wait for their value in the field that has the focus, and count and stay only with one", async () => {
    await open();
    await click(button("Filter"));
    await click(all(".ls-add")[0]);
    const field = one(".ls-filter input[aria-label=Value]");
    expect(document.activeElement).toBe(field);
    expect(button("Filter").textContent).toBe("Filter");
    await press(field, "Escape");
    expect(all(".ls-chip")).toEqual([]);
  });

  it("switched off stay, and say so", async () => {
    await open();
    await press(table(), "End");
    await press(table(), "f");
    expect(names()).toEqual(["run-a"]);
    await click(all(".ls-chip button")[0]);
    expect(names()).toHaveLength(3);
    expect(one(".ls-chip").dataset.off).toBeDefined();
  });

  it("that match nothing say so and can be cleared", async () => {
    await open();
    await press(table(), "/");
    await type(button("Find a row by its name"), "nobody");
    expect(screen.text).toContain("No experiment matches 1 filter.");
    await click(all(".ls-pad button")[0]);
    expect(names()).toHaveLength(3);
  });

  it("find what failed with one press", async () => {
    await open();
    await click(button("Filter"));
    await click(all(".ls-chip").find((chip) => chip.textContent?.includes("Failed or stopped")));
    expect(names()).toEqual(["run-c"]);
  });

  it("give the focus back on Escape", async () => {
    await open();
    await click(button("Filter"));
    expect(one("[role=dialog]").contains(document.activeElement)).toBe(true);
    await press(document.activeElement as Element, "Escape");
    expect(all("[role=dialog]")).toEqual([]);
    expect(document.activeElement).toBe(button("Filter"));
  });
});

describe("columns", () => {
  it("are hidden and shown in a panel, also all that tell nothing apart", async () => {
    await open();
    expect(heads()).toEqual(["acc", "lr", "model"]);
    await click(button("Columns"));
    await click(all(".ls-list input")[1]);
    expect(heads()).toEqual(["acc", "model"]);
    await click(all(".ls-panel > label input")[0]);
    expect(heads()).toEqual(["acc"]);
    await click(all(".ls-panel-foot button")[0]);
    expect(heads()).toEqual(["acc", "lr", "model"]);
  });

  it("are pinned first from their menu, and highlight there too", async () => {
    await open();
    head("lr")?.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true }));
    await frames();
    await click(item("Pin"));
    expect(heads()).toEqual(["lr", "acc", "model"]);
    await screen.send({ experiments: [run("a", 0.5, 0.9, { started_at: at(300) })] });
    expect(all(".ls-hot").map((hot) => hot.parentElement?.textContent)).toEqual(["0.9"]);
  });

  it("of a new run come by themselves, while the hidden ones stay hidden", async () => {
    await open();
    await click(button("Columns"));
    await click(all(".ls-list input")[1]);
    await screen.send({ experiments: [experiment("n", { params: { "p.yaml": { lr: 1, fresh: 2 } } })] });
    expect(heads()).toEqual(["acc", "model", "fresh"]);
  });
});

describe("a very long table", () => {
  it("finds the columns of its oldest rows too, after the newest are drawn", async () => {
    const many = Array.from({ length: 4500 }, (_, at) =>
      experiment(`r${at}`, { params: { "p.yaml": at === 0 ? { oldest: 1 } : { lr: at } } }),
    );
    await open(many);
    await expect.poll(heads, { timeout: 20_000 }).toEqual(["lr", "oldest"]);
  });
});

describe("a baseline", () => {
  it("turns numbers into differences, and is named", async () => {
    await open();
    await menuOf("run-a", "Set as baseline");
    await click(button("Delta"));
    const cells = all(".ls-x .ls-num").map((cell) => cell.textContent);
    expect(cells).toEqual(["+0.2000", "0.3", "+0.4000", "0.2", "0.5000", "0.1"]);
    expect(one(".ls-foot").textContent).toContain("difference from run-a");
    expect(one(".ls-base").textContent).toContain("baseline");
  });

  it("and a goal mark what is better, in words too", async () => {
    await open();
    await menuOf("run-c", "Set as baseline");
    head("acc")?.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true }));
    await frames();
    await click(item("Higher is better"));
    const marks = all(".ls-x .ls-goal .ls-vh").map((mark) => mark.textContent);
    expect(marks).toEqual(["best", "worse than the baseline"]);
  });

  it("leaves parameters and the step as they are, until somebody asks for their differences", async () => {
    const stepped = (id: string, step: number, lr: number) =>
      experiment(id, { metrics: { "m.json": { step } }, params: { "p.yaml": { lr } }, started_at: at(9) });
    await open([stepped("a", 10, 0.1), stepped("b", 30, 0.3)]);
    await menuOf("run-a", "Set as baseline");
    await click(button("Delta"));
    const shown = () => all(".ls-x:not(.ls-base) .ls-num").map((cell) => cell.textContent);
    expect(shown()).toEqual(["30", "0.3"]);
    head("step")?.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true }));
    await frames();
    await click(item("Show difference"));
    expect(shown()).toEqual(["+20", "0.3"]);
  });

  it("is what the numbers of commits differ from too", async () => {
    const committed = { ...commit(SHA), metrics: { "m.json": { acc: 0.75 } }, params: {} };
    await screen.open({ experiments: [run("a", 0.5)], commits: [committed] });
    await menuOf("run-a", "Set as baseline");
    await click(button("Delta"));
    expect(one(".ls-co .ls-num").textContent).toBe("+0.2500");
  });

  it("is asked for where there is none", async () => {
    await open([run("a", 1, 1, { status: "completed", ended_at: at(99) })]);
    await click(all("[role=checkbox]")[0]);
    await click(button("Delta"));
    expect(one(".ls-toast").textContent).toContain("Set a baseline first");
  });
});

describe("rows", () => {
  it("are hidden with a way back", async () => {
    await open();
    await menuOf("run-b", "Hide row");
    expect(names()).toEqual(["run-c", "run-a"]);
    expect(one(".ls-foot").textContent).toContain("1 hidden");
    await click(all(".ls-toast button")[0]);
    expect(names()).toHaveLength(3);
  });

  it("are starred, and plotted alone", async () => {
    await open();
    await menuOf("run-b", "Star");
    expect(one(".ls-starred").closest(".ls-row")?.textContent).toContain("run-b");
    await press(table(), "End");
    await press(table(), "o");
    expect(all(".ls-x [aria-checked=true]")).toHaveLength(1);
  });

  it("are selected several at once with Shift and the arrows", async () => {
    await open();
    for (const box of all(".ls-x [aria-checked=true]")) await click(box);
    await press(table(), "End");
    await press(table(), " ");
    await press(table(), "ArrowUp", { shiftKey: true });
    await press(table(), "ArrowUp", { shiftKey: true });
    expect(all(".ls-x [aria-checked=true]")).toHaveLength(3);
  });
});

describe("the compare pane", () => {
  const lines = () => all(".ls-sides tbody tr").map((line) => line.textContent?.replace(/\s+/g, " "));

  it("shows results, what is set differently, and what is the same only by name", async () => {
    await open();
    await press(table(), "c");
    for (const box of all(".ls-x [aria-checked=false]")) await click(box);
    expect(all(".ls-side-group b").map((title) => title.textContent)).toEqual([
      "Results",
      "Different settings",
      "Same in all 3",
    ]);
    expect(screen.text).toContain("model");
    expect(lines().some((line) => line?.startsWith("model"))).toBe(false);
    await click(button("Open settings that are the same"));
    expect(lines().some((line) => line?.startsWith("modelx"))).toBe(true);
    expect(all(".ls-differs").map((cell) => cell.textContent)).toHaveLength(2);
  });

  it("highlights what changes, as the table does", async () => {
    await open();
    await press(table(), "c");
    for (const box of all(".ls-x [aria-checked=false]")) await click(box);
    await screen.send({ experiments: [run("a", 0.6, 0.1, { started_at: at(300) })] });
    const hot = all(".ls-sides .ls-hot").map((layer) => layer.parentElement?.textContent);
    expect(hot).toEqual(["0.6000"]);
  });

  it("begins with the baseline", async () => {
    await open();
    await menuOf("run-a", "Set as baseline");
    for (const box of all(".ls-x [aria-checked=false]")) await click(box);
    await press(table(), "c");
    expect(one(".ls-reference").textContent).toBe("run-a");
  });
});

describe("narrowing", () => {
  const OTHER = "c".repeat(40);
  const narrow = async (word: string) => {
    await click(button("Filter"));
    await click(all(".ls-quick .ls-chip").find(({ textContent }) => textContent === word));
    await press(one(".ls-panel"), "Escape");
  };

  it("shows only what is selected, says so, and follows the selection", async () => {
    await open();
    for (const name of ["run-a", "run-b", "run-c"]) {
      if (button(`Plot ${name}`).getAttribute("aria-checked") === "true") await click(button(`Plot ${name}`));
    }
    await click(button("Plot run-b"));
    await narrow("Only selected");
    expect(names()).toEqual(["run-b"]);
    expect(one(".ls-foot").textContent).toContain("only selected ones shown");
    await click(button("Plot run-b"));
    expect(screen.text).toContain("Nothing is selected");
    await click(all("button").find(({ textContent }) => textContent === "Show all"));
    expect(names()).toHaveLength(3);
    await narrow("Only selected");
    await click(button("Show the others too"));
    expect(names()).toHaveLength(3);
  });

  it("filters by the branch, among those there are", async () => {
    const elsewhere = run("d", 0.4, 0.1, { baseline_sha: OTHER });
    const commits = [commit(SHA), commit(OTHER, { branch: "aug-v2" })];
    await screen.open({ projects: [project("p")], experiments: [...runs(), elsewhere], commits });
    await click(button("Filter"));
    await click(one(".ls-add"));
    await type(button("Column"), "branch");
    await type(button("Test"), "=");
    expect([...button("Value").querySelectorAll("option")].map(({ value }) => value)).toEqual(["", "main", "aug-v2"]);
    await type(button("Value"), "aug-v2");
    expect(names()).toEqual(["run-d"]);
    expect(one(".ls-panel-foot").textContent).toContain("1 of 4 experiments");
    await type(button("Test"), "≠");
    expect(names()).toEqual(["run-c", "run-b", "run-a"]);
    await click(all("button").find(({ textContent }) => textContent === "Save view"));
    expect(screen.transport.calls.at(-1)).toContain('"column":"branch"');
  });
});
