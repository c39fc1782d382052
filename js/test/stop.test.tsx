import { describe, expect, it } from "vitest";
import { statusView } from "../src/status.ts";
import { FakeTransport } from "./fake_transport.ts";
import { experiment, NOW } from "./samples.ts";
import { Screen } from "./screen.ts";

const screen = new Screen();
const { all, one } = screen;

const items = () => all("[role=menuitem]").map((item) => item.textContent);
const openMenu = (name: string) => screen.click(one(`[aria-label='Menu of ${name}']`));
const pressStop = async () => {
  await openMenu("run-a");
  await screen.click(all("[role=menuitem]").find((item) => item.textContent === "Stop"));
};

describe("Stop", () => {
  it("asks a running run of our own logger, and says so, or why it was not asked", async () => {
    await screen.open({ experiments: [experiment("a", { client: "live_studio" })] });
    await pressStop();
    expect(screen.text).toContain("Asked run-a to stop. It stops at its next step.");
    screen.transport.refuse = "It is stopped already; there is nothing to stop.";
    await pressStop();
    expect(screen.text).toContain("run-a was not asked to stop. It is stopped already; there is nothing to stop.");
    expect(screen.transport.calls).toEqual(["stop a", "stop a"]);
  });

  it("is offered through a kernel too, where nothing can be deleted", async () => {
    const transport = new FakeTransport({ kind: "kernel" });
    transport.actions = null;
    await screen.open({ experiments: [experiment("a", { client: "live_studio" })] }, transport);
    await openMenu("run-a");
    expect(items()).toEqual(expect.arrayContaining(["Stop", "Mark as stoppedX"]));
    expect(items()).not.toContain("DeleteDel");
  });

  it("is not offered where nobody would hear", async () => {
    await screen.open({
      experiments: [
        experiment("a", { client: "dvclive" }),
        experiment("b", { client: "live_studio", status: "completed" }),
      ],
    });
    await openMenu("run-a");
    expect(items()).not.toContain("Stop");
    expect(items()).toContain("Mark as stoppedX");
    await openMenu("run-b");
    expect(items()).not.toContain("Stop");
  });

  it("shows in the status until the run has obeyed", () => {
    const asked = experiment("a", { detail: "stopping", step: 7 });
    expect(statusView(asked, NOW).detail).toBe("stopping");
  });
});
