import { describe, expect, it } from "vitest";
import { plain } from "../src/arrange/arrangement.ts";
import type { Value } from "../src/contract.ts";
import { frames } from "./browser.ts";
import { experiment, project } from "./samples.ts";
import { Screen } from "./screen.ts";

const screen = new Screen();
const { all, one } = screen;

const button = (word: string) =>
  all("button").find(({ textContent }) => textContent?.trim().startsWith(word)) as HTMLElement;
const delta = () => button("Delta").getAttribute("aria-pressed");
const arrangement = (more: object) => ({ arrangement: { ...plain, ...more } as unknown as Value });
const item = async (word: string) => {
  await screen.click(one("[aria-haspopup=menu]"));
  await screen.click(all("[role=menuitem]").find(({ textContent }) => textContent === word));
};

describe("a saved view", () => {
  const saved = { ...project("p"), view: arrangement({ baseline: "a", delta: true }) };

  it("is there from the first paint, and what is changed can be saved or discarded", async () => {
    await screen.open({ projects: [saved], experiments: [experiment("a")] });
    expect(delta()).toBe("true");
    expect(screen.text).not.toContain("View not saved");
    await screen.click(button("Delta"));
    expect(screen.text).toContain("View not saved");
    await screen.click(button("Discard"));
    expect(delta()).toBe("true");
    expect(screen.text).not.toContain("View not saved");
    await screen.click(button("Delta"));
    await screen.click(button("Save"));
    const call = screen.transport.calls.find((one) => one.startsWith("change p")) ?? "";
    expect(JSON.parse(call.slice("change p ".length)).view).toMatchObject(arrangement({ baseline: "a", delta: false }));
    await screen.send({ projects: [{ ...saved, view: arrangement({ baseline: "a" }) }] });
    expect(screen.text).not.toContain("View not saved");
  });

  it("of a colleague is followed, but never over what was changed here", async () => {
    await screen.open({ projects: [saved], experiments: [experiment("a")] });
    await screen.send({ projects: [{ ...saved, view: arrangement({ baseline: "a" }) }] });
    expect(delta()).toBe("false");
    await screen.click(button("Delta"));
    await screen.send({ projects: [{ ...saved, view: arrangement({ flat: true }) }] });
    expect(delta()).toBe("true");
    expect(screen.text).toContain("View not saved");
  });

  it("belongs to its project", async () => {
    const other = { ...project("q"), view: null };
    await screen.open({ projects: [saved, other], experiments: [experiment("a")] });
    await screen.click(one("[aria-haspopup=menu]"));
    await screen.click(all("[role=menuitemradio]").find(({ textContent }) => textContent === "q"));
    expect(delta()).toBe("false");
    expect(all(".ls-x")).toHaveLength(1);
  });
});

describe("projects", () => {
  it("are reloaded, changed, made and deleted with a way back", async () => {
    const p = { ...project("p"), connected: true };
    await screen.open({ projects: [p], experiments: [experiment("a")] });
    await item("Reload from the remote");
    expect(screen.text).toContain("Fetched origin.");
    await item("Project settings");
    const [name] = all("[role=dialog] input") as HTMLInputElement[];
    if (name) name.value = "Better";
    name?.dispatchEvent(new Event("input", { bubbles: true }));
    await frames();
    await screen.click(button("Save"));
    expect(screen.transport.calls).toContain('change p {"name":"Better"}');
    expect(all("[role=dialog]")).toHaveLength(0);
    await item("Delete this project");
    expect(screen.text).toContain("its experiments stay");
    await screen.click(button("Undo"));
    expect(screen.transport.calls.slice(-2)).toEqual(["remove-project p", "restore-project p"]);
  });

  it("say what could not be done", async () => {
    await screen.open({ projects: [{ ...project("p"), connected: true }], experiments: [experiment("a")] });
    screen.transport.refuse = "The remote refused.";
    await item("Reload from the remote");
    expect(screen.text).toContain("The remote refused.");
  });
});

describe("the trash", () => {
  it("takes all of one kind, brings them back together, and gives single ones back later", async () => {
    const failed = ["a", "b"].map((id) => experiment(id, { status: "failed" }));
    await screen.open({ projects: [project("p")], experiments: [...failed, experiment("c")] });
    screen.transport.deleted = [
      {
        id: "z",
        name: "old run",
        repo_url: project("p").repo_url,
        status: "completed",
        deleted_at: "2026-11-22T11:00:00Z",
      },
      {
        id: "y",
        name: "elsewhere",
        repo_url: "github.com/o/r",
        status: "completed",
        deleted_at: "2026-11-22T11:00:00Z",
      },
    ];
    await item("Delete and restore runs");
    await frames();
    expect(screen.text).toContain("old run");
    expect(screen.text).not.toContain("elsewhere");
    await screen.click(button("All failed"));
    expect(screen.transport.calls).toContain("remove a b");
    expect(all(".ls-x")).toHaveLength(1);
    await screen.click(button("Undo"));
    expect(screen.transport.calls).toContain("restore a b");
    expect(all(".ls-x")).toHaveLength(3);
    await screen.click(button("Restore"));
    expect(screen.transport.calls).toContain("restore z");
  });
});
