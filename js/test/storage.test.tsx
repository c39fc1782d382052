import { render } from "preact";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatBytes } from "../src/storage/bytes.ts";
import type { Arrival, Held, Limits, RetentionPlan } from "../src/storage/contract.ts";
import { Desk } from "../src/storage/desk.tsx";
import type { StorageDesk } from "../src/transport/transport.ts";
import { frames, stubBrowser } from "./browser.ts";
import { FakeTransport } from "./fake_transport.ts";
import { at, experiment, project } from "./samples.ts";
import { Screen } from "./screen.ts";

const held = (id: string): Held => ({
  id,
  name: `run-${id}`,
  repo_url: "github.com/o/r",
  status: "completed",
  updated_at: at(9000),
  bytes: 1500,
});

const plan = (...going: Held[]): RetentionPlan => ({
  bytes: 3000,
  experiments: 2,
  going,
  going_bytes: 1500 * going.length,
  more: false,
  staying: [],
  spared: { running: 0, pushed: 0 },
  trash: { experiments: 0, bytes: 0 },
  file: { path: "/data/store.db", bytes: 9000, free: null },
});

/** A desk in memory: a plan comes when the test says so. */
class SlowDesk implements StorageDesk {
  readonly waiting = new Map<string, (plan: RetentionPlan) => void>();
  plan({ keep }: Limits): Promise<RetentionPlan> {
    return keep ? new Promise((tell) => this.waiting.set(keep, tell)) : Promise.resolve(plan());
  }
  emptyTrash = async (): Promise<number> => 0;
  export = async (): Promise<Blob> => new Blob([]);
  import = async (): Promise<Arrival> => ({ taken: 0, names: [], there: 0, in_trash: 0, projects: [] });
}

describe("what may go", () => {
  let el: HTMLElement;
  const desk = new SlowDesk();
  const moved: string[] = [];
  const button = () => el.querySelector<HTMLButtonElement>("button[type=submit]") as HTMLButtonElement;
  const said = () => el.querySelector("form [role=status]")?.textContent;
  const keep = async (text: string) => {
    const field = el.querySelectorAll<HTMLInputElement>("input.ls-in")[1] as HTMLInputElement;
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await expect.poll(() => desk.waiting.has(text)).toBe(true);
  };

  beforeEach(async () => {
    stubBrowser();
    el = document.createElement("div");
    document.body.append(el);
    const here = project("p");
    render(
      <Desk
        storage={desk}
        acts={{ removeAll: async (all) => void moved.push(...all.map(({ id }) => id)), openProject: () => undefined }}
        model={{ project: here, experiments: [experiment("a")] }}
        projects={new Map([[here.id, here]])}
        now={Date.parse(at(0))}
        close={() => undefined}
      />,
      el,
    );
    await frames();
  });
  afterEach(() => {
    render(null, el);
    el.remove();
  });

  it("moves exactly what was said of the limits on screen, and never what was said of others", async () => {
    await keep("5");
    desk.waiting.get("5")?.(plan(held("a")));
    await expect.poll(said).toContain("1 experiment, 1.5 kB");
    expect(button().disabled).toBe(false);
    await keep("1");
    expect([said(), button().disabled]).toEqual(["Looking…", true]);
    // The answer to limits that nobody sees any more comes late.
    desk.waiting.get("5")?.(plan(held("a")));
    await frames();
    expect(button().disabled).toBe(true);
    desk.waiting.get("1")?.(plan(held("a"), held("b")));
    await expect.poll(said).toContain("2 experiments, 3.0 kB");
    button().click();
    expect(moved).toEqual(["a", "b"]);
  });

  it("is told in units that disks are sold by", () => {
    expect([0, 999, 1000, 81_440_000, 12_300_000_000].map(formatBytes)).toEqual([
      "0 B",
      "999 B",
      "1.0 kB",
      "81.4 MB",
      "12.3 GB",
    ]);
  });
});

describe("the store of a kernel", () => {
  const screen = new Screen();

  it("is spoken of with the commands that say and do the same", async () => {
    HTMLDialogElement.prototype.showModal = function showModal() {
      this.open = true;
    };
    const transport = new FakeTransport({ kind: "kernel" });
    transport.actions = null;
    await screen.open({ projects: [project("p")], experiments: [experiment("a")] }, transport);
    await screen.click(screen.one("[aria-haspopup=menu]"));
    const items = screen.all("[role=menuitem]");
    expect(items.map(({ textContent }) => textContent)).toEqual(["Storage"]);
    await screen.click(items[0]);
    expect(screen.one("dialog").textContent).toContain("comes through the kernel");
    expect(screen.one("dialog").textContent).toContain("jupyter live-studio prune --older 90d --dry-run");
  });

  it("is not asked for by a saved notebook, behind which nobody is", async () => {
    const transport = new FakeTransport({ kind: "snapshot" });
    transport.actions = null;
    await screen.open({ projects: [project("p")], experiments: [experiment("a")] }, transport);
    expect(screen.all(".ls-bar [aria-haspopup=menu]")).toEqual([]);
  });
});
