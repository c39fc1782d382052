import { describe, expect, it } from "vitest";
import {
  type Arrangement,
  arrangementOf,
  type Filter,
  movedBefore,
  nextGoal,
  plain,
  sortedBy,
  toggleIn,
} from "../src/arrange/arrangement.ts";
import { csv } from "../src/arrange/csv.ts";
import { alike } from "../src/arrange/differing.ts";
import { isSaid, numberOf, passes } from "../src/arrange/filters.ts";
import { Grid } from "../src/arrange/grid.ts";
import { differs, markOf, yardsticks } from "../src/arrange/marks.ts";
import { NAME, STARTED, STATUS } from "../src/arrange/values.ts";
import { growColumns } from "../src/columns.ts";
import type { Experiment, Value } from "../src/contract.ts";
import { at, experiment, NOW } from "./samples.ts";

const run = (id: string, loss: Value | undefined, more: Record<string, Value> = {}, rest: Partial<Experiment> = {}) =>
  experiment(id, {
    metrics: { "m.json": loss === undefined ? {} : { loss } },
    params: { "p.yaml": { lr: 0.1, ...more } },
    ...rest,
  });

const columnsOf = (runs: Experiment[]) => growColumns([], runs, (text) => text.length * 6);
const LOSS = '["metric","m.json","loss"]';
const LR = '["param","p.yaml","lr"]';

function order(runs: Experiment[], how: Partial<Arrangement>): string[] | null {
  const { ranks } = new Grid().arrange(columnsOf(runs), runs, { ...plain, ...how }, []);
  return ranks && [...ranks].sort((a, b) => a[1] - b[1]).map(([id]) => id);
}

function shown(runs: Experiment[], how: Partial<Arrangement>, without: string[] = []): string[] {
  const { columns } = new Grid().arrange(columnsOf(runs), runs, { ...plain, ...how }, without);
  return columns.map(({ name }) => name);
}

const filter = (more: Partial<Filter>): Filter => ({
  column: LOSS,
  test: "=",
  text: "",
  difference: false,
  on: true,
  ...more,
});

describe("sorting", () => {
  const runs = [run("a", 0.5), run("b", "nan"), run("c", 0.25), run("d", undefined), run("e", "-inf"), run("f", 3)];

  it("puts numbers in order and what is no number last, whichever way", () => {
    expect(order(runs, { sorts: [{ column: LOSS, down: false }] })).toEqual(["c", "a", "f", "b", "d", "e"]);
    expect(order(runs, { sorts: [{ column: LOSS, down: true }] })).toEqual(["f", "a", "c", "b", "d", "e"]);
  });

  it("leaves the usual order alone where nothing is sorted or filtered", () => {
    expect(order(runs, {})).toBeNull();
  });

  it("sorts by a second column where the first says the same", () => {
    const pairs = [run("a", 1, { seed: 2 }), run("b", 1, { seed: 1 }), run("c", 0, { seed: 9 })];
    const sorts = [LOSS, '["param","p.yaml","seed"]'].map((column) => ({ column, down: false }));
    expect(order(pairs, { sorts })).toEqual(["c", "b", "a"]);
  });

  it("reads numbers in names, and puts texts behind numbers", () => {
    const named = ["x-10", "x-9", "X-1"].map((name) => run(name, 0, {}, { name }));
    expect(order(named, { sorts: [{ column: NAME, down: false }] })).toEqual(["X-1", "x-9", "x-10"]);
    const mixed = [run("t", "text"), run("n", 5)];
    expect(order(mixed, { sorts: [{ column: LOSS, down: false }] })).toEqual(["n", "t"]);
  });

  it("a column that is not there sorts nothing", () => {
    expect(order(runs, { sorts: [{ column: "gone", down: false }] })).toBeNull();
  });

  it("turns up, down and off; beside others only when asked", () => {
    const up = sortedBy(plain, LOSS, false);
    expect(up.sorts).toEqual([{ column: LOSS, down: false }]);
    const down = sortedBy(up, LOSS, false);
    expect(down.sorts).toEqual([{ column: LOSS, down: true }]);
    expect(sortedBy(down, LOSS, false).sorts).toEqual([]);
    const both = sortedBy(down, LR, true);
    expect(both.sorts.map(({ column }) => column)).toEqual([LOSS, LR]);
    expect(sortedBy(both, LR, true).sorts[1]).toEqual({ column: LR, down: true });
    expect(sortedBy(both, NAME, false).sorts).toHaveLength(1);
  });
});

describe("filters", () => {
  const runs = [run("a", 0.5), run("b", "nan"), run("c", 0.25), run("d", undefined), run("e", 5000)];
  const passing = (more: Partial<Filter>, how: Partial<Arrangement> = {}) =>
    order(runs, { filters: [filter(more)], ...how });

  it("compare numbers as people write them", () => {
    expect(passing({ test: "<", text: "0.5" })).toEqual(["c"]);
    expect(passing({ test: "≤", text: "5e-1" })).toEqual(["a", "c"]);
    expect(passing({ test: "≥", text: "5,000" })).toEqual(["e"]);
    expect(passing({ test: "=", text: ".25" })).toEqual(["c"]);
    expect(numberOf("−1,234.5")).toBe(-1234.5);
  });

  it("find what is missing and what is not", () => {
    expect(passing({ test: "is missing" })).toEqual(["d"]);
    expect(passing({ test: "is there" })).toEqual(["a", "b", "c", "e"]);
  });

  it("that are not finished or switched off let everything through", () => {
    expect(passing({ test: "<", text: "" })).toBeNull();
    expect(passing({ test: "<", text: "abc" })).toBeNull();
    expect(passing({ test: "<", text: "0.5", on: false })).toBeNull();
    expect(isSaid(filter({ test: "=", text: "abc" }))).toBe(true);
  });

  it("look at the difference from the baseline", () => {
    expect(passing({ test: "<", text: "0", difference: true }, { baseline: "a" })).toEqual(["c"]);
    expect(passing({ test: "<", text: "0", difference: true })).toEqual([]);
  });

  it("find names, status and times", () => {
    const named = [run("a", 0, {}, { name: "cosine-1" }), run("b", 0, {}, { name: "step", started_at: at(9999) })];
    expect(order(named, { find: "COS" })).toEqual(["a"]);
    expect(order(named, { filters: [filter({ column: STATUS, test: "=", text: "running" })] })).toEqual(["a", "b"]);
    expect(order(named, { filters: [filter({ column: STARTED, test: "<", text: at(5000) })] })).toEqual(["b"]);
  });

  it("all of them have to be passed, two on one column too", () => {
    const filters = [filter({ test: ">", text: "0.3" }), filter({ test: "<", text: "1" })];
    expect(order(runs, { filters })).toEqual(["a"]);
  });

  it("≠ takes what is missing, = does not", () => {
    expect(passes(filter({ test: "≠", text: "1" }), undefined, undefined)).toBe(true);
    expect(passes(filter({ test: "=", text: "1" }), undefined, undefined)).toBe(false);
  });
});

describe("columns", () => {
  const runs = [run("a", 1, { model: "x", seed: 1 }), run("b", 2, { model: "x", seed: 2 })];
  const SEED = '["param","p.yaml","seed"]';

  it("are hidden, pinned first and kept where they were moved", () => {
    expect(shown(runs, {})).toEqual(["loss", "lr", "model", "seed"]);
    expect(shown(runs, { hidden: [LR] })).toEqual(["loss", "model", "seed"]);
    expect(shown(runs, { pinned: [SEED] })).toEqual(["seed", "loss", "lr", "model"]);
    const all = [LOSS, LR, '["param","p.yaml","model"]', SEED];
    expect(shown(runs, movedBefore(plain, SEED, LR, all))).toEqual(["loss", "seed", "lr", "model"]);
  });

  it("of later runs come where they belong", () => {
    const { order: moved } = movedBefore(plain, LR, null, [LOSS, LR]);
    expect(shown(runs, { order: moved })).toEqual(["loss", "lr", "model", "seed"]);
    expect(shown(runs, { order: [LR, LOSS] })).toEqual(["lr", "model", "seed", "loss"]);
  });

  it("that tell nothing apart can be left out", () => {
    const same = alike(columnsOf(runs), runs);
    expect(shown(runs, {}, same)).toEqual(["loss", "seed"]);
    expect(alike(columnsOf(runs), runs.slice(1))).toEqual([]);
  });

  it("take a width, within reason", () => {
    const widths = { [LR]: 200, [LOSS]: 2 };
    const { columns } = new Grid().arrange(columnsOf(runs), runs, { ...plain, widths }, []);
    expect(columns.map(({ width }) => width).slice(0, 2)).toEqual([40, 200]);
  });
});

describe("goals", () => {
  const runs = [run("a", 0.5), run("b", 0.25), run("c", 0.75), run("d", "nan")];
  const marks = (how: Partial<Arrangement>) => {
    const by = yardsticks(columnsOf(runs), runs, { ...plain, ...how }, runs[0]).get(LOSS);
    return by && [0.5, 0.25, 0.75, "nan"].map((value) => markOf(value, by));
  };

  it("tell best, better and worse", () => {
    expect(marks({ goals: { [LOSS]: "lower" } })).toEqual([null, "best", "worse", null]);
    expect(marks({ goals: { [LOSS]: "higher" } })).toEqual([null, "worse", "best", null]);
    expect(marks({})).toBeUndefined();
  });

  it("go round", () => {
    const higher = nextGoal(plain, LOSS);
    expect(higher.goals).toEqual({ [LOSS]: "higher" });
    expect(nextGoal(higher, LOSS).goals).toEqual({ [LOSS]: "lower" });
    expect(nextGoal(nextGoal(higher, LOSS), LOSS).goals).toEqual({});
  });
});

describe("a saved arrangement", () => {
  it("comes back as it was", () => {
    const how = toggleIn(sortedBy(nextGoal(plain, LOSS), LR, false), "pinned", LR);
    expect(arrangementOf(JSON.parse(JSON.stringify(how)))).toEqual(how);
  });

  it("that nobody understands is the plain one", () => {
    for (const odd of [null, 7, "x", [], { sorts: 3, filters: [{}], widths: [], find: 4, hues: "mud", extra: 1 }])
      expect(arrangementOf(odd)).toEqual(plain);
  });
});

describe("CSV", () => {
  it("has full numbers, and nothing that a spreadsheet would run", () => {
    const runs = [run("a", 0.1 + 0.2, { cmd: "=1+1", neg: -5, odd: 'a,"b"\n' }, { name: "@x" })];
    const columns = columnsOf(runs);
    const [head, row] = csv(runs, columns, NOW).split("\r\n");
    expect(head?.split(",").slice(7)).toEqual(["m.json:loss", "p.yaml:lr", "p.yaml:cmd", "p.yaml:neg", "p.yaml:odd"]);
    expect(row).toContain(",0.30000000000000004,");
    expect(row).toContain(",'=1+1,-5,");
    expect(row?.startsWith("'@x,running,")).toBe(true);
    expect(csv(runs, columns, NOW)).toContain('"a,""b""\n"');
  });

  it("has differences in columns of their own, in full, beside the values", () => {
    const [base, other] = [run("a", 0.5), run("b", 0.9, { lr: 0.3 })];
    const columns = columnsOf([base, other]);
    const from = { baseline: base, differs: differs([]) };
    const [head, first, second] = csv([base, other], columns, NOW, from).split("\r\n");
    expect(head).toContain("m.json:loss,m.json:loss from run-a,p.yaml:lr");
    expect(head).not.toContain("lr from");
    expect(first).toContain(",0.5,0,0.1");
    expect(second).toContain(`,0.9,${0.9 - 0.5},0.3`);
  });
});
