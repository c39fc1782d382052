import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HttpTransport, http } from "../src/transport/http.ts";
import { changes, experiment, request } from "./samples.ts";

class FakeSocket {
  static all: FakeSocket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  closed = false;
  readonly url: string;

  constructor(url: string | URL) {
    this.url = String(url);
    FakeSocket.all.push(this);
  }
  close(): void {
    this.closed = true;
  }
  opens(): void {
    this.onopen?.();
  }
  fails(): void {
    this.onclose?.();
  }
  says(seq: number, id?: string): void {
    this.onmessage?.({ data: JSON.stringify(changes(seq, { experiments: id ? [experiment(id)] : [] })) });
  }
}

const answers = new Map<string, () => { status: number; body: unknown; type?: string }>();
const asked: { url: string; init: RequestInit | undefined }[] = [];
let transport: HttpTransport;
const socket = () => FakeSocket.all.at(-1) as FakeSocket;
const ids = () => [...transport.state.experiments.keys()];
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

async function fakeFetch(url: string, init?: RequestInit): Promise<Response> {
  asked.push({ url, init });
  const path = new URL(url).pathname.replace("/user/me/live-studio/", "");
  const answer = answers.get(path)?.();
  if (!answer) throw new TypeError("unreachable");
  const headers = { "content-type": answer.type ?? "application/json" };
  return new Response(JSON.stringify(answer.body), { status: answer.status, headers });
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("fetch", fakeFetch);
  FakeSocket.all = [];
  asked.length = 0;
  answers.clear();
  answers.set("api/health", () => ({ status: 200, body: { store_id: "one" } }));
  transport = new HttpTransport("https://hub/user/me/live-studio/");
});

afterEach(() => {
  vi.useRealTimers();
});

describe("the stream", () => {
  it("is one for everybody under an address, and closes a moment after the last one", async () => {
    const leave = [transport.subscribe(() => undefined), transport.subscribe(() => undefined)];
    expect(FakeSocket.all.map(({ url }) => url)).toEqual(["wss://hub/user/me/live-studio/api/stream?since=0"]);
    for (const one of [...leave, ...leave]) one();
    await pass(900);
    expect(socket().closed).toBe(false);
    const again = transport.subscribe(() => undefined);
    await pass(5000);
    expect(FakeSocket.all).toHaveLength(1);
    again();
    await pass(1000);
    expect(socket().closed).toBe(true);
  });

  it("is shared by address on a page", () => {
    expect(http("https://hub/live-studio")).toBe(http("https://hub/live-studio/"));
    expect(http("https://hub/live-studio/")).not.toBe(http("https://hub/user/me/live-studio/"));
  });

  it("goes on where it was after a loss, with growing waits", async () => {
    transport.subscribe(() => undefined);
    socket().opens();
    socket().says(7, "a");
    socket().fails();
    expect(transport.connection).toMatchObject({ kind: "lost" });
    await pass(1000);
    expect(socket().url).toContain("since=7");
    socket().fails();
    await pass(1900);
    expect(FakeSocket.all).toHaveLength(2);
    await pass(200);
    expect(FakeSocket.all).toHaveLength(3);
    socket().opens();
    socket().says(8, "b");
    expect(transport.connection).toEqual({ kind: "connected", polled: false });
    expect(ids()).toEqual(["a", "b"]);
  });

  it("keeps the time of the loss while it tries again", async () => {
    transport.subscribe(() => undefined);
    socket().opens();
    socket().says(1);
    socket().fails();
    const { connection } = transport;
    await pass(1000);
    socket().fails();
    expect(transport.connection).toMatchObject({ since: (connection as { since: number }).since });
  });

  it("is taken for dead after 45 seconds of silence, not while beats come", async () => {
    transport.subscribe(() => undefined);
    socket().opens();
    socket().says(1);
    await pass(40_000);
    socket().says(1);
    await pass(40_000);
    expect(transport.connection.kind).toBe("connected");
    await pass(6000);
    expect(transport.connection.kind).toBe("lost");
    expect(FakeSocket.all[0]?.closed).toBe(true);
  });

  it("tries at once when somebody asks for it", () => {
    transport.subscribe(() => undefined);
    socket().opens();
    socket().fails();
    transport.retry();
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("does not come back to a view that closed while the store was asked for", async () => {
    const leave = transport.subscribe(() => undefined);
    socket().opens();
    await pass(0);
    let late = (_: unknown): void => undefined;
    const answer = new Promise((resolve) => (late = resolve));
    vi.stubGlobal("fetch", () => answer);
    socket().fails();
    await pass(1000);
    socket().opens();
    leave();
    await pass(2000);
    late(Response.json({ store_id: "two" }));
    await pass(0);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("forgets everything when another store answers", async () => {
    transport.subscribe(() => undefined);
    socket().opens();
    await pass(0);
    socket().says(90, "old");
    socket().fails();
    answers.set("api/health", () => ({ status: 200, body: { store_id: "two" } }));
    await pass(1000);
    socket().opens();
    await pass(0);
    expect(socket().url).toContain("since=0");
    expect(ids()).toEqual([]);
  });
});

describe("where no WebSocket comes through", () => {
  const blocked = async () => {
    transport.subscribe(() => undefined);
    socket().fails();
    await pass(1000);
    socket().fails();
    await pass(2000);
  };

  it("asks every two seconds", async () => {
    let seq = 0;
    answers.set("api/changes", () => ({
      status: 200,
      body: changes(++seq, { experiments: [experiment(String(seq))] }),
    }));
    await blocked();
    expect(transport.connection).toEqual({ kind: "connected", polled: true });
    await pass(2000);
    expect(ids()).toEqual(["1", "2"]);
    expect(asked.filter(({ url }) => url.includes("since=1"))).toHaveLength(1);
  });

  it("asks for the rest at once", async () => {
    answers.set("api/changes", () => ({ status: 200, body: changes(asked.length, { more: asked.length < 4 }) }));
    await blocked();
    await pass(100);
    expect(asked.length).toBeGreaterThanOrEqual(4);
  });

  it("tries sockets again after the server did not answer at all: it was only restarting", async () => {
    await blocked();
    expect(transport.connection.kind).toBe("lost");
    answers.set("api/changes", () => ({ status: 200, body: changes(1) }));
    await pass(4000);
    expect(FakeSocket.all).toHaveLength(3);
    socket().opens();
    expect(transport.connection).toEqual({ kind: "connected", polled: false });
  });

  it("waits longer and longer for a server that stays away, and not after it came back", async () => {
    await blocked();
    await pass(3900);
    expect(FakeSocket.all).toHaveLength(2);
    await pass(100);
    socket().fails();
    expect((transport.connection as { retryAt: number }).retryAt - transport.now()).toBe(8000);
    await pass(8000);
    answers.set("api/changes", () => ({ status: 200, body: changes(1) }));
    socket().fails();
    await pass(10_000);
    expect(transport.connection.kind).toBe("connected");
    answers.clear();
    await pass(2000);
    expect((transport.connection as { retryAt: number }).retryAt - transport.now()).toBe(1000);
  });

  it("asks in one loop, also when an answer is late and the view was closed and opened meanwhile", async () => {
    const late: ((response: Response) => void)[] = [];
    const ask = vi.fn(() => new Promise<Response>((resolve) => late.push(resolve)));
    vi.stubGlobal("fetch", ask);
    const leave = transport.subscribe(() => undefined);
    for (const wait of [1000, 2000]) {
      socket().fails();
      await pass(wait);
    }
    leave();
    await pass(2000);
    transport.subscribe(() => undefined);
    for (const wait of [1000, 2000]) {
      socket().fails();
      await pass(wait);
    }
    expect(ask).toHaveBeenCalledTimes(2);
    for (const answer of late) answer(Response.json(changes(1)));
    await pass(2000);
    expect(ask).toHaveBeenCalledTimes(3);
  });

  it("leaves polling for a socket as soon as one comes through", async () => {
    let seq = 0;
    answers.set("api/changes", () => ({ status: 200, body: changes(++seq) }));
    await blocked();
    await pass(30_000);
    expect(FakeSocket.all).toHaveLength(3);
    expect(transport.connection).toEqual({ kind: "connected", polled: true });
    socket().fails();
    await pass(30_000);
    expect(FakeSocket.all).toHaveLength(4);
    socket().opens();
    expect(transport.connection).toEqual({ kind: "connected", polled: false });
    const polls = () => asked.filter(({ url }) => url.includes("api/changes")).length;
    const before = polls();
    socket().says(seq + 1, "pushed");
    await pass(10_000);
    expect([polls(), ids(), FakeSocket.all.length]).toEqual([before, ["pushed"], 4]);
  });

  it("gives up what it tries when the view closes", async () => {
    answers.set("api/changes", () => ({ status: 200, body: changes(1) }));
    transport.subscribe(() => undefined)();
    await pass(2000);
    const leave = transport.subscribe(() => undefined);
    for (const wait of [1000, 2000]) {
      socket().fails();
      await pass(wait);
    }
    await pass(30_000);
    leave();
    await pass(1000);
    expect(socket().closed).toBe(true);
    const sockets = FakeSocket.all.length;
    await pass(60_000);
    expect(FakeSocket.all).toHaveLength(sockets);
  });

  it("says that the session has ended when a login page answers", async () => {
    answers.set("api/changes", () => ({ status: 200, body: "login", type: "text/html" }));
    await blocked();
    expect(transport.connection).toMatchObject({ kind: "lost", signIn: true });
  });
});

describe("requests", () => {
  it("carry the XSRF cookie when they change something", async () => {
    // biome-ignore lint/suspicious/noDocumentCookie: the cookie is what is tested.
    document.cookie = "_xsrf=2|abc";
    answers.set("api/experiments/a%2Fb", () => ({ status: 200, body: {} }));
    await transport.actions.remove("a/b");
    expect(asked.at(-1)?.init).toMatchObject({ method: "DELETE", headers: { "X-XSRFToken": "2|abc" } });
  });

  it("fail with the sentence the server gives", async () => {
    answers.set("api/experiments/a/restore", () => ({ status: 403, body: { detail: "You may only look." } }));
    await expect(transport.actions.restore("a")).rejects.toThrow("You may only look.");
  });

  it("ask for one series for all experiments of a chart", async () => {
    answers.set("api/series", () => ({ status: 200, body: { metric: "m", seq: 1, series: [] } }));
    const chart = { metric: "train/loss", experiments: ["1", "2"], points: 258 };
    const route = "https://hub/user/me/live-studio/api/series?metric=train%2Floss&points=258";
    await transport.series(request({ ...chart, x: "time", zoom: [5, 9], log: true }));
    expect(asked.at(-1)?.url).toBe(`${route}&x=time&experiment=1&experiment=2&time=1&x0=5&x1=9&log=1`);
    await transport.series(request({ ...chart, smooth: 0.7, smoothing: "centred" }));
    expect(asked.at(-1)?.url).toBe(`${route}&x=step&experiment=1&experiment=2&smooth=0.7&smoothing=centred`);
    await transport.series(request({ ...chart, x: "metric:val/acc", since: 7 }));
    expect(asked.at(-1)?.url).toBe(`${route}&x=metric%3Aval%2Facc&experiment=1&experiment=2&since=7`);
  });
});
