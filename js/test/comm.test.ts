import { beforeEach, describe, expect, it, vi } from "vitest";
import { CommTransport, type Message, type Model } from "../src/transport/comm.ts";
import { changes, experiment, request } from "./samples.ts";

class FakeModel implements Model {
  readonly sent: unknown[] = [];
  dead = false;
  private readonly listeners = new Map<string, Set<(...values: never[]) => void>>();

  constructor(public changes: unknown) {}

  get(name: string): unknown {
    return name === "changes" ? this.changes : undefined;
  }
  on(event: string, listener: (...values: never[]) => void): void {
    this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(listener));
  }
  off(event: string, listener: (...values: never[]) => void): void {
    this.listeners.get(event)?.delete(listener);
  }
  send(content: unknown): void {
    if (this.dead) throw new Error("no kernel");
    this.sent.push(content);
  }
  push(message: Message, buffers: DataView[] = []): void {
    for (const listener of this.listeners.get("msg:custom") ?? []) listener(message as never, buffers as never);
  }
  fire(event: string): void {
    for (const listener of this.listeners.get(event) ?? []) listener();
  }
  get heard(): number {
    return [...this.listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }
}

const load = () => Promise.reject(new Error("not here"));
let model: FakeModel;
const open = (inbox: Message[] = []) => {
  const transport = new CommTransport(model, { load, inbox });
  const draw = vi.fn();
  const close = transport.subscribe(draw);
  return { transport, draw, close };
};
const push = (since: number, seq: number, id: string) =>
  model.push({ type: "changes", since, changes: changes(seq, { experiments: [experiment(id)] }) });
const ids = (transport: CommTransport) => [...transport.state.experiments.keys()];

beforeEach(() => {
  model = new FakeModel(changes(4, { experiments: [experiment("saved")] }));
});

describe("the comm transport", () => {
  it("starts with the snapshot and asks for what came since", () => {
    const { transport } = open();
    expect(ids(transport)).toEqual(["saved"]);
    expect(model.sent).toEqual([{ type: "changes", since: 4 }]);
  });

  it("applies what follows its state and overlaps it", () => {
    const { transport, draw } = open();
    push(4, 6, "next");
    push(5, 7, "overlapping");
    expect(ids(transport)).toEqual(["saved", "next", "overlapping"]);
    expect(draw).toHaveBeenCalledTimes(2);
  });

  it("ignores what it knows", () => {
    const { transport } = open();
    push(0, 4, "old news");
    expect(ids(transport)).toEqual(["saved"]);
  });

  it("asks once when something is missing and does not apply the rest", () => {
    const { transport } = open();
    push(4, 5, "b");
    push(7, 9, "later");
    push(9, 11, "even later");
    expect(ids(transport)).toEqual(["saved", "b"]);
    expect(model.sent.slice(1)).toEqual([{ type: "changes", since: 5 }]);
  });

  it("asks again when it is opened again: the answer came while nobody listened", () => {
    const { transport, close } = open();
    close();
    push(4, 5, "unheard");
    transport.subscribe(() => undefined);
    expect(model.sent).toEqual([4, 4].map((since) => ({ type: "changes", since })));
    push(4, 6, "heard");
    expect(ids(transport)).toEqual(["saved", "heard"]);
  });

  it("asks again for what is missing when the question was lost, but not at once", () => {
    vi.useFakeTimers();
    open();
    push(7, 9, "later");
    vi.advanceTimersByTime(29_000);
    push(9, 11, "even later");
    expect(model.sent).toHaveLength(1);
    vi.advanceTimersByTime(2000);
    for (const seq of [11, 13]) push(seq, seq + 2, "much later");
    expect(model.sent).toEqual([4, 4].map((since) => ({ type: "changes", since })));
    vi.useRealTimers();
  });

  it("reads what came before it was there", () => {
    const early: Message = { type: "changes", since: 4, changes: changes(5, { experiments: [experiment("early")] }) };
    expect(ids(open([early]).transport)).toEqual(["saved", "early"]);
  });

  it("takes a new snapshot of the trait", () => {
    const { transport } = open();
    model.changes = changes(9, { experiments: [experiment("fresh")] });
    for (const listener of [transport as unknown as { onTrait(): void }]) listener.onTrait();
    expect(ids(transport)).toEqual(["saved", "fresh"]);
  });

  it("draws series that were pushed unasked while the kernel is busy", async () => {
    vi.useFakeTimers();
    const { transport } = open();
    const series = [{ experiment: "saved", path: "p", total: 1, columns: { step: [1], value: [0.5] } }];
    model.push({ type: "series", answer: { metric: "loss", seq: 5, series } });
    const answered = transport.series(request({ experiments: ["saved"] }));
    await vi.advanceTimersByTimeAsync(2000);
    expect((await answered).series).toEqual(series);
    vi.useRealTimers();
  });

  it("does not heap the same question on a busy kernel, also while it pushes other series", async () => {
    vi.useFakeTimers();
    const { transport } = open();
    const wanted = request({ experiments: ["saved", "old"] });
    const one = (experiment: string) => ({ experiment, path: "p", total: 1, columns: { step: [1], value: [0.5] } });
    const ask = async (...pushed: string[]) => {
      const answered = transport.series(wanted);
      model.push({ type: "series", answer: { metric: "loss", seq: 5, series: pushed.map(one) } });
      await vi.advanceTimersByTimeAsync(0);
      return (await answered).series.length;
    };
    expect([await ask("saved"), await ask("saved"), await ask("saved", "old")]).toEqual([1, 1, 2]);
    expect(model.sent.filter((sent) => (sent as { type: string }).type === "series")).toHaveLength(1);
    await ask("saved");
    expect(model.sent.filter((sent) => (sent as { type: string }).type === "series")).toHaveLength(2);
    vi.useRealTimers();
  });

  it("takes a cut snapshot for all there is only when the kernel does not send the rest", () => {
    vi.useFakeTimers();
    model.changes = changes(4, { experiments: [experiment("saved")], more: true });
    const { transport } = open();
    expect(transport.state).toMatchObject({ complete: false, more: true });
    vi.advanceTimersByTime(2000);
    expect(transport.state).toMatchObject({ complete: true, more: true });
    push(4, 6, "rest");
    expect(transport.state).toMatchObject({ complete: true, more: false });
    model.dead = true;
    expect(open().transport.state.complete).toBe(true);
    vi.useRealTimers();
  });

  it("asks for the details of one experiment, also of an earlier start", async () => {
    const { transport } = open();
    const asked = { experiment: "saved", generation: 1, whole: false };
    const answer = transport.details(asked);
    expect(model.sent.at(-1)).toEqual({ type: "details", ...asked });
    const details = { experiment: experiment("saved"), generations: [] };
    model.push({ type: "details", ...asked, generation: null, details: { ...details, generations: [] } });
    model.push({ type: "details", ...asked, details });
    expect(await answer).toBe(details);
    const gone = transport.details(asked);
    model.push({ type: "details", ...asked, details: null });
    await expect(gone).rejects.toThrow("no such start");
    model.dead = true;
    await expect(transport.details(asked)).rejects.toThrow("snapshot");
  });

  it("keeps the lines of an earlier start apart, and has times on every axis", async () => {
    const { transport } = open();
    const request = {
      ...{ metric: "loss", experiments: ["saved"], points: 300, x: "relative", zoom: null },
      ...{ smooth: 0, smoothing: "ema", log: false, since: 0 },
    };
    const started = Date.parse(experiment("saved").started_at);
    const line = (value: number) => ({
      ...{ experiment: "saved", path: "p", total: 1 },
      columns: { step: [1], value: [value], time: [started + 2500] },
    });
    const earlier = transport.series({ ...request, generation: 1 });
    model.push({ type: "series", answer: { metric: "loss", seq: 5, series: [line(0.5)] } });
    model.push({ type: "series", answer: { metric: "loss", generation: 1, seq: 5, series: [line(0.25)] } });
    expect((await earlier).series[0]?.columns).toMatchObject({ value: [0.25], x: [2.5] });
    const newest = transport.series(request);
    model.push({ type: "series", answer: { metric: "loss", seq: 6, series: [line(0.5)] } });
    expect((await newest).series[0]?.columns).toMatchObject({ value: [0.5], x: [2.5] });
  });

  it("is a snapshot when the host says that the kernel went, until it answers again", () => {
    const { transport } = open();
    model.fire("comm_live_update");
    expect(transport.connection.kind).toBe("snapshot");
    expect(model.sent.at(-1)).toMatchObject({ type: "changes" });
    model.push({ type: "changes", since: 0, changes: changes(9) });
    expect(transport.connection.kind).toBe("kernel");
  });

  it("becomes a snapshot when there is no kernel", () => {
    model.dead = true;
    expect(open().transport.connection.kind).toBe("snapshot");
  });

  it("cannot change anything", () => {
    expect(open().transport.actions).toBeNull();
  });

  const piece = (at: number, size: number, kind: string | null = "image/png"): Message => ({
    ...{ type: "image", experiment: "saved", digest: "d", kind, size, at },
  });
  const bytes = (...values: number[]) => new DataView(Uint8Array.from(values).buffer);

  it("asks for a picture once, and shows it when all of its pieces are here, in whatever order", async () => {
    const { transport, draw } = open();
    const [made] = [vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:d")];
    expect([transport.imageUrl("saved", "d"), transport.imageUrl("saved", "d")]).toEqual([null, null]);
    expect(model.sent.filter((one) => (one as { type: string }).type === "image")).toHaveLength(1);
    draw.mockClear();
    model.push(piece(2, 3), [bytes(3)]);
    model.push(piece(2, 3), [bytes(3)]);
    expect(transport.imageUrl("saved", "d")).toBeNull();
    expect(draw).not.toHaveBeenCalled();
    model.push(piece(0, 3), [bytes(1, 2)]);
    expect(draw).toHaveBeenCalled();
    expect(transport.imageUrl("saved", "d")).toBe("blob:d");
    const blob = made.mock.calls[0]?.[0] as Blob;
    expect([...new Uint8Array(await blob.arrayBuffer())]).toEqual([1, 2, 3]);
    expect(blob.type).toBe("image/png");
  });

  it("asks a busy kernel for a dozen pictures at most, however many are new", () => {
    const { transport } = open();
    for (let at = 0; at < 40; at += 1) transport.imageUrl("saved", `d${at}`);
    expect(model.sent.filter((one) => (one as { type: string }).type === "image")).toHaveLength(12);
  });

  it("shows a picture that came before the app did, and knows one that cannot come", () => {
    vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:early");
    const early = { ...piece(0, 2), bytes: bytes(1, 2) } as Message;
    expect(open([early]).transport.imageUrl("saved", "d")).toBe("blob:early");
    const { transport } = open([piece(0, 9_000_000, null)]);
    expect(transport.imageUrl("saved", "d")).toBe("");
    expect(model.sent.filter((one) => (one as { type: string }).type === "image")).toEqual([]);
  });

  it("stops listening after the last view has gone", () => {
    const { transport, close } = open();
    const closeSecond = transport.subscribe(() => undefined);
    close();
    close();
    expect(model.heard).toBeGreaterThan(0);
    closeSecond();
    expect(model.heard).toBe(0);
  });
});

describe("what is told to a run through the kernel", () => {
  const told = (index: number) =>
    (model.sent as { type: string; ask: number }[]).filter((s) => s.type === "tell")[index];

  it("goes as a message and is answered, or refused in a sentence", async () => {
    const { transport } = open();
    const stopped = transport.runs?.stop("saved");
    expect(told(0)).toEqual({ type: "tell", ask: 1, what: "stop", experiment: "saved" });
    const marked = transport.runs?.markStopped("saved");
    model.push({ type: "told", ask: 2, problem: "It does not count as running." });
    model.push({ type: "told", ask: 1, problem: null });
    await expect(stopped).resolves.toBeUndefined();
    await expect(marked).rejects.toThrow("It does not count as running.");
  });

  it("says that a busy kernel has not heard it yet, and nothing more when it has", async () => {
    vi.useFakeTimers();
    const { transport } = open();
    const stopped = expect(transport.runs?.stop("saved")).rejects.toThrow("interrupt the kernel");
    await vi.advanceTimersByTimeAsync(3000);
    await stopped;
    model.push({ type: "told", ask: 1, problem: null });
    vi.useRealTimers();
  });

  it("is offered nowhere once the kernel is gone", () => {
    const { transport } = open();
    expect(transport.runs).not.toBeNull();
    model.dead = true;
    transport.retry();
    push(4, 5, "b");
    push(9, 11, "later");
    expect(transport.connection.kind).toBe("snapshot");
    expect(transport.runs).toBeNull();
  });
});
