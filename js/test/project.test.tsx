import { describe, expect, it } from "vitest";
import { frames } from "./browser.ts";
import { at, experiment, project } from "./samples.ts";
import { Screen } from "./screen.ts";

const screen = new Screen();
const { all, one } = screen;

describe("the project", () => {
  const here = project("here", "github.com/acme/here");
  const busy = project("busy", "github.com/acme/busy");
  const old = experiment("old", { repo_url: here.repo_url, updated_at: at(900), status: "completed" });
  const fresh = experiment("fresh", { repo_url: busy.repo_url });
  const names = () => all(".ls-x").map((row) => row.querySelector(".ls-cut")?.textContent);
  const focused = () => document.activeElement?.textContent;

  it("is the busiest of all, however many frames the snapshot has", async () => {
    await screen.open({ projects: [here, busy], experiments: [old], more: true });
    expect(names()).toEqual([]);
    expect(screen.text).not.toContain("No experiments yet");
    await screen.send({ experiments: [fresh] });
    expect(names()).toEqual(["run-fresh"]);
    await screen.send({ experiments: [{ ...old, updated_at: at(0) }] });
    expect(names()).toEqual(["run-fresh"]);
  });

  it("is corrected when what was waited for came too late", async () => {
    await screen.open({ projects: [here, busy], experiments: [old], more: true });
    screen.transport.settle();
    await frames();
    expect(names()).toEqual(["run-old"]);
    await screen.send({ experiments: [fresh] });
    expect(names()).toEqual(["run-fresh"]);
    expect(screen.text).toContain("1 selected · 1 experiment");
  });

  it("that was asked for is shown while the rest comes", async () => {
    await screen.open({ projects: [here, busy], experiments: [old], more: true }, undefined, { project: "here" });
    expect(names()).toEqual(["run-old"]);
  });

  it("of a folder that has logged nothing yet is shown as soon as it is there", async () => {
    await screen.open({ projects: [busy], experiments: [fresh] }, undefined, { project: here.repo_url });
    expect(names()).toEqual(["run-fresh"]);
    await screen.send({ projects: [here], experiments: [old] });
    expect(names()).toEqual(["run-old"]);
    await screen.send({ experiments: [{ ...fresh, updated_at: at(0) }] });
    expect(names()).toEqual(["run-old"]);
  });

  it("somebody chose is there after a reload", async () => {
    const kept = new Map<string, string>();
    const bookmark = {
      get project() {
        return kept.get("p") ?? "";
      },
      keep: (id: string) => void kept.set("p", id),
    };
    for (const expected of ["run-fresh", "run-old"]) {
      await screen.open({ projects: [here, busy], experiments: [old, fresh] }, undefined, { bookmark });
      expect(names()).toEqual([expected]);
      await screen.click(one("[aria-haspopup=menu]"));
      await screen.click(all("[role=menuitemradio]").find(({ textContent }) => textContent === "here"));
      expect(names()).toEqual(["run-old"]);
      screen.close();
    }
  });

  it("is told from another of its name", async () => {
    const projects = [
      { ...here, name: "cifar", repo_url: "github.com/acme/cifar" },
      { ...busy, name: "cifar", repo_url: "gitlab.com/ines/cifar" },
      { ...project("three"), name: "cifar", repo_url: "gitlab.com/ines/cifar", subdir: "vision" },
      project("alone"),
    ];
    await screen.open({ projects, experiments: [experiment("a", { repo_url: "github.com/acme/cifar" })] });
    expect(one("[aria-haspopup=menu]").textContent).toBe("cifargithub.com/acme");
    await screen.click(one("[aria-haspopup=menu]"));
    expect(all("[role=menuitemradio]").map(({ textContent }) => textContent)).toEqual([
      "cifargithub.com/acme",
      "cifargitlab.com/ines",
      "cifargitlab.com/ines, vision",
      "alone",
    ]);
  });

  it("menu is walked with the keys and gives the focus back", async () => {
    await screen.open({ projects: [here, busy, project("third")], experiments: [old, fresh] });
    const button = one("[aria-haspopup=menu]");
    button.focus();
    await screen.press(button, "ArrowDown");
    expect(focused()).toBe("busy");
    const go = async (key: string) => {
      const used = await screen.press(document.activeElement as Element, key);
      return [focused(), used];
    };
    expect(await go("ArrowDown")).toEqual(["third", true]);
    expect(await go("ArrowDown")).toEqual(["Project settings", true]);
    expect(await go("ArrowUp")).toEqual(["third", true]);
    expect(await go("Home")).toEqual(["here", true]);
    expect(await go("b")).toEqual(["busy", true]);
    expect(await go("End")).toEqual(["Delete this project", true]);
    await screen.press(document.activeElement as Element, "Escape");
    expect([all("[role=menu]").length, document.activeElement === button]).toEqual([0, true]);
    expect(button.getAttribute("aria-expanded")).toBe("false");
  });
});
