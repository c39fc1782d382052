// The Tokens panel: what there is, what is new, and what a request was told last.

import { useEffect, useState } from "preact/hooks";
import type { IssuedToken, Token, TokenList, TokenWish } from "../contract.ts";
import { Dialog } from "../dialog.tsx";
import { ago } from "../format.ts";
import { Icon } from "../icons.tsx";
import type { Shared } from "../shared.ts";
import type { TokenDesk } from "../transport/transport.ts";
import { NewToken } from "./form.tsx";
import { Fresh } from "./fresh.tsx";
import { Sure, TokenTable } from "./list.tsx";

const LOOK_EVERY = 10_000;

export function TokensPanel(shared: Shared & { close(): void }) {
  const { transport, close } = shared;
  return (
    <Dialog label="Tokens" icon="key" purpose="let scripts, remote machines and CI send experiments here" close={close}>
      {transport.tokens ? <Desk {...shared} desk={transport.tokens} /> : <NoDesk />}
    </Dialog>
  );
}

function NoDesk() {
  return (
    <div class="ls-tk-body">
      <p>
        <b>Tokens live on a Jupyter server.</b> This dashboard comes through the kernel, and nobody can send to a
        kernel.
      </p>
      <p class="ls-dim">
        Where live_studio is installed beside a Jupyter server, its page <span class="ls-mono">…/live-studio/</span> has
        this panel, and <span class="ls-mono">jupyter live-studio token create</span> prints a token in a terminal
        there.
      </p>
    </div>
  );
}

function Desk({ desk, transport, model, now }: Shared & { desk: TokenDesk }) {
  const [list, setList] = useState<TokenList | null>(null);
  const [fresh, setFresh] = useState<IssuedToken | null>(null);
  const [making, make] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const look = async () => setList(await desk.list());
  /** One thing at a time; what went wrong is said, and the list is that of the server afterwards. */
  const run = async (what: () => Promise<void>) => {
    setBusy(true);
    setProblem("");
    try {
      await what();
      await look();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  useEffect(() => {
    void run(async () => undefined);
    const timer = setInterval(
      () => document.visibilityState === "visible" && look().catch(() => undefined),
      LOOK_EVERY,
    );
    return () => clearInterval(timer);
  }, [desk]);
  const show = (issued: IssuedToken) => {
    setFresh(issued);
    make(false);
  };
  const create = (wish: TokenWish) => void run(async () => show(await desk.create(wish)));
  const regenerate = ({ id }: Token) => void run(async () => show(await desk.regenerate(id)));
  const forget = (gone: (token: Token) => boolean) => setFresh(fresh && gone(fresh) ? null : fresh);
  const revoke = ({ id }: Token) =>
    void run(async () => {
      await desk.revoke(id);
      forget((token) => token.id === id);
    });
  const revokeAll = () =>
    void run(async () => {
      await desk.revokeAll();
      forget(() => true);
    });
  const tokens = list?.tokens ?? [];
  const empty = list !== null && tokens.length === 0;
  const projects = [...transport.state.projects.values()];
  return (
    <>
      <div class="ls-tk-body">
        {problem && (
          <p class="ls-tk-problem" role="alert">
            {problem}
          </p>
        )}
        <Refused list={list} now={now} />
        {fresh && <Fresh key={fresh.token} issued={fresh} address={desk.address} repoUrl={model.project?.repo_url} />}
        {empty && !fresh && <p>No tokens yet. Make one for each place that sends, so that each can be ended alone.</p>}
        {(making || (empty && !fresh)) && (
          <NewToken projects={projects} busy={busy} create={create} cancel={empty ? null : () => make(false)} />
        )}
        {tokens.length > 0 && <TokenTable tokens={tokens} now={now} regenerate={regenerate} revoke={revoke} />}
      </div>
      <footer class="ls-tk-foot">
        {!making && !(empty && !fresh) && (
          <button type="button" class="ls-tk-link" disabled={list === null} onClick={() => make(true)}>
            <Icon name="plus" small />
            New token
          </button>
        )}
        {tokens.length > 1 && (
          <Sure
            name="tokens"
            acts={[{ word: "Revoke all", what: "Nobody outside this machine can send any more.", act: revokeAll }]}
          />
        )}
        <span class="ls-grow" />
        <span class="ls-dim ls-cut" role="status" title={lastWord(list, now)}>
          {lastWord(list, now)}
        </span>
      </footer>
    </>
  );
}

/** After so long nobody waits for an answer any more. */
const TOLD_FOR = 86_400_000;

const lastUsed = (list: TokenList): Token | undefined =>
  [...list.tokens].sort((a, b) => ((a.last_used_at ?? "") < (b.last_used_at ?? "") ? 1 : -1))[0];

/** What was turned away, until something is let in again: the sentence says what to do about it. */
function Refused({ list, now }: { list: TokenList | null; now: number }) {
  const refused = list?.last_refusal;
  if (!list || !refused || refused.time <= (lastUsed(list)?.last_used_at ?? "")) return null;
  const past = now - Date.parse(refused.time);
  if (past > TOLD_FOR) return null;
  return (
    <p class="ls-tk-refused" role="status">
      <Icon name="lost" />
      <span>
        <b>
          Refused {ago(past)} from {refused.address}
        </b>{" "}
        ({refused.status}): {refused.detail}
      </span>
    </p>
  );
}

function lastWord(list: TokenList | null, now: number): string {
  const used = list && lastUsed(list);
  return used?.last_used_at ? `${used.name}: last request ${ago(now - Date.parse(used.last_used_at))}` : "";
}
