import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { mount } from "../src/app.tsx";
import type { IssuedToken, Token, TokenList, TokenWish } from "../src/contract.ts";
import { isLoopback, recipes, repoToType } from "../src/tokens/recipes.ts";
import type { TokenDesk } from "../src/transport/transport.ts";
import { frames, stubBrowser } from "./browser.ts";
import { FakeTransport } from "./fake_transport.ts";
import { at, project } from "./samples.ts";

const SECRET = "lst_w7Qm3vT9xZ0bK4nR8cY2eH6uJ1pD5aSfK2xQ";
const token = (id: string, more: Partial<Token> = {}): Token => ({
  id,
  name: `token-${id}`,
  scope: "experiments:write",
  repo_url: null,
  created_at: at(3600),
  last_used_at: null,
  expires_at: null,
  ...more,
});

/** A desk in memory, with the rules of the server's. */
class Desk implements TokenDesk {
  readonly address = "https://hub.example/user/ines/live-studio/";
  readonly calls: string[] = [];
  refuse: string | null = null;
  last_refusal: TokenList["last_refusal"] = null;

  constructor(private tokens: Token[] = []) {}

  async list(): Promise<TokenList> {
    return { now: at(0), tokens: [...this.tokens], last_refusal: this.last_refusal };
  }
  async create(wish: TokenWish): Promise<IssuedToken> {
    this.call(`create ${wish.name} ${wish.expires_days} ${wish.project}`);
    const made = token("new", { name: wish.name });
    this.tokens = [made, ...this.tokens];
    return { ...made, token: SECRET };
  }
  async regenerate(id: string): Promise<IssuedToken> {
    this.call(`regenerate ${id}`);
    return { ...token(id), token: SECRET };
  }
  async revoke(id: string): Promise<void> {
    this.call(`revoke ${id}`);
    this.tokens = this.tokens.filter((one) => one.id !== id);
  }
  async revokeAll(): Promise<void> {
    this.call("revoke all");
    this.tokens = [];
  }
  private call(what: string): void {
    this.calls.push(what);
    if (this.refuse) throw new Error(this.refuse);
  }
}

let el: HTMLElement;
let close: () => void;
let transport: FakeTransport;

async function open(desk: Desk | null): Promise<void> {
  transport = new FakeTransport(desk ? undefined : { kind: "kernel" });
  transport.tokens = desk;
  close = mount(el, { transport, project: "" });
  await frames();
  transport.send({ projects: [project("p1", "github.com/acme/cifar")] });
  await frames();
  (el.querySelector("[aria-label=Tokens]") as HTMLElement).click();
  await frames(6);
}

const dialog = () => el.querySelector<HTMLDialogElement>("dialog");
const text = () => dialog()?.textContent ?? "";
const button = (name: string) =>
  [...(dialog()?.querySelectorAll("button") ?? [])].find(
    (one) => one.textContent?.trim() === name || one.getAttribute("aria-label") === name,
  ) as HTMLButtonElement;
const press = async (name: string) => {
  button(name).click();
  await frames(6);
};

beforeEach(() => {
  stubBrowser();
  HTMLDialogElement.prototype.showModal = function showModal() {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function hide() {
    this.open = false;
    this.dispatchEvent(new Event("close"));
  };
  el = document.createElement("div");
  document.body.append(el);
});

afterEach(() => {
  close();
  el.remove();
});

describe("the Tokens panel", () => {
  it("makes a first token, shows it once and with lines to paste", async () => {
    const desk = new Desk();
    await open(desk);
    expect(text()).toContain("No tokens yet");
    const name = dialog()?.querySelector("input") as HTMLInputElement;
    name.value = "gpu-box";
    name.dispatchEvent(new Event("input", { bubbles: true }));
    await frames();
    dialog()?.querySelector("form")?.requestSubmit();
    await frames(6);
    expect(desk.calls).toEqual(["create gpu-box 90 null"]);
    expect(text()).toContain("New token “gpu-box”");
    expect(dialog()?.querySelector("pre")?.textContent).toContain(`export DVC_STUDIO_TOKEN='${SECRET}'`);
    expect(text()).toContain("send experiments");
    await press("Close");
    expect(dialog()).toBeNull();
    await frames();
    (el.querySelector("[aria-label=Tokens]") as HTMLElement).click();
    await frames(6);
    expect(text()).toContain("gpu-box");
    expect(text()).not.toContain("lst_");
  });

  it("hides the secret everywhere, and still copies it", async () => {
    const copied: string[] = [];
    vi.stubGlobal("navigator", { clipboard: { writeText: async (said: string) => copied.push(said) } });
    await open(new Desk([token("a")]));
    await press("Regenerate token-a");
    await press("Yes");
    await press("Hide");
    expect(text()).not.toContain(SECRET);
    await press("Copy");
    await press("Copy these lines");
    expect(copied[0]).toBe(SECRET);
    expect(copied[1]).toContain(SECRET);
    vi.unstubAllGlobals();
  });

  it("asks once more before a token ends, with the focus on the safe answer", async () => {
    const desk = new Desk([token("a"), token("b")]);
    await open(desk);
    await press("Revoke token-a");
    expect(document.activeElement?.textContent).toBe("Keep");
    await press("Keep");
    expect(desk.calls).toEqual([]);
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Revoke token-a");
    await press("Revoke token-a");
    await press("Yes");
    expect(desk.calls).toEqual(["revoke a"]);
    expect(text()).not.toContain("token-a");
    expect(text()).toContain("token-b");
  });

  it("says what the server refused, and what a request was told last", async () => {
    const desk = new Desk([token("a", { last_used_at: at(600) })]);
    desk.last_refusal = { status: 401, detail: "this token was revoked", address: "10.0.0.7", time: at(240) };
    desk.refuse = "The store cannot be written.";
    await open(desk);
    expect(text()).toContain("Refused 4 min ago from 10.0.0.7 (401): this token was revoked");
    await press("Revoke token-a");
    await press("Yes");
    expect(dialog()?.querySelector("[role=alert]")?.textContent).toBe("The store cannot be written.");
    expect(text()).toContain("token-a");
  });

  it("tells a refusal until something is let in again, or for a day", async () => {
    const desk = new Desk([token("a", { last_used_at: at(60) })]);
    desk.last_refusal = { status: 401, detail: "this token was revoked", address: "10.0.0.7", time: at(240) };
    await open(desk);
    expect(text()).not.toContain("Refused");
    expect(text()).toContain("token-a: last request");
    close();
    const idle = new Desk([token("a")]);
    idle.last_refusal = { ...desk.last_refusal, time: at(2 * 86_400) };
    await open(idle);
    expect(text()).not.toContain("Refused");
  });

  it("shows names as text", async () => {
    const markup = '<img src=x onerror="alert(1)">';
    await open(new Desk([token("a", { name: markup, repo_url: markup })]));
    expect(dialog()?.querySelector("img")).toBeNull();
    expect(text()).toContain(markup);
  });

  it("says where tokens live where nobody can send to", async () => {
    await open(null);
    expect(text()).toContain("Tokens live on a Jupyter server");
    expect(dialog()?.querySelector("form, table")).toBeNull();
  });
});

describe("the lines to paste", () => {
  const all = (more = {}) =>
    new Map(
      recipes({
        address: "https://hub.example/user/o'hara/live-studio/",
        token: SECRET,
        repo: "https://github.com/acme/cifar",
        outsideGit: true,
        tryWay: false,
        ...more,
      }).map((recipe) => [recipe.name, recipe.code]),
    );

  it("hold the address, the token and, outside Git, the repository", () => {
    for (const name of ["DVCLive or DVC", "Slurm"]) {
      expect(all().get(name)).toContain("DVC_STUDIO_URL='https://hub.example/user/o'\\''hara/live-studio/'");
      expect(all().get(name)).toContain(`DVC_STUDIO_TOKEN='${SECRET}'`);
      expect(all().get(name)).toContain("DVC_STUDIO_REPO_URL='https://github.com/acme/cifar'");
      expect(all({ outsideGit: false }).get(name)).not.toContain("REPO_URL");
    }
  });

  it("ask what is in the way before anything runs, where somebody wants it", () => {
    for (const name of ["DVCLive or DVC", "Slurm"]) {
      const lines = all({ tryWay: true }).get(name) ?? "";
      expect(lines.indexOf("python - <<'TRY'")).toBeGreaterThan(lines.indexOf("DVC_STUDIO_TOKEN"));
      expect(lines.indexOf("\nTRY\n")).toBeLessThan(lines.indexOf("python train.py"));
      expect(all().get(name)).not.toContain("TRY");
    }
  });

  it("keep the secret out of what is committed or saved", () => {
    for (const name of ["GitHub Actions", "Colab"]) expect(all().get(name)).not.toContain("lst_");
    expect(all().get("GitHub Actions")).toContain("DVC_STUDIO_TOKEN: ${" + "{ secrets.DVC_STUDIO_TOKEN }}");
  });

  it("offer no repository that somebody made up to be pasted into a shell", () => {
    expect(repoToType("github.com/acme/cifar")).toBe("https://github.com/acme/cifar");
    expect(repoToType("local:notes-0a1b2c3d")).toBe("local:notes-0a1b2c3d");
    expect(repoToType("/srv/git/cifar")).toBe("/srv/git/cifar");
    for (const hostile of ["a'; rm -rf ~ #", "$(id)", "`id`", "a\nb", "${" + "{ github.token }}", "a b", undefined, ""])
      expect(repoToType(hostile)).toBe("https://github.com/org/repo");
  });

  it("warn of an address that means this machine", () => {
    for (const near of ["http://localhost:8888/", "http://127.0.0.1:8888/", "http://[::1]:8888/"])
      expect(isLoopback(near)).toBe(true);
    expect(isLoopback("https://hub.example/")).toBe(false);
  });
});
