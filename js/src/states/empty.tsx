// First use: what to run, ready to copy.

import { useEffect, useState } from "preact/hooks";
import { copyText } from "../copy.ts";
import { Icon } from "../icons.tsx";
import type { Shared } from "../shared.ts";
import { Silence } from "./silence.tsx";

/** Code in pieces: plain, keyword, string. Enough colour to read five lines by, without a highlighter. */
type Piece = string | { keyword: string } | { text: string };

const LOGGING: Piece[] = [
  { keyword: "from" },
  " live_studio ",
  { keyword: "import" },
  " Live\n\n",
  { keyword: "with" },
  " Live() ",
  { keyword: "as" },
  " live:\n    ",
  { keyword: "for" },
  " step ",
  { keyword: "in" },
  " range(100):\n        live.log_metric(",
  { text: '"train/loss"' },
  ", 1 / (step + 1))\n        live.next_step()",
];

const LOADING: Piece[] = ["%load_ext live_studio"];
const ELSEWHERE: Piece[] = ["%live_studio token"];

interface Props extends Shared {
  /** Whether a server is beside us: other loggers send what they log there, and a kernel alone cannot hear them. */
  server: boolean;
}

export function Empty({ server, model, transport, now }: Props) {
  return (
    <div class="ls-pad">
      <h3>No experiments yet</h3>
      <p>
        {server ? "Run any of these." : "Run this."} Rows appear with the first value and keep moving while the cell is
        running.
      </p>
      <div class="ls-two">
        <div>
          <h4>In this notebook</h4>
          <Snippet code={LOGGING} />
        </div>
        {server && (
          <div>
            <h4>Already using DVCLive, Lightning, Keras or XGBoost callbacks?</h4>
            <Snippet code={LOADING} note="# nothing else to change" />
            <h4>From a script, another machine or CI</h4>
            <Snippet code={ELSEWHERE} note="# shows lines to paste there" />
            <Silence desk={transport.tokens} project={model.project} now={now} />
          </div>
        )}
      </div>
    </div>
  );
}

const plain = (piece: Piece): string =>
  typeof piece === "string" ? piece : "text" in piece ? piece.text : piece.keyword;

function Colour({ piece }: { piece: Piece }) {
  if (typeof piece === "string") return piece;
  return <span class={"text" in piece ? "ls-code-text" : "ls-code-keyword"}>{plain(piece)}</span>;
}

function Snippet({ code, note }: { code: Piece[]; note?: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => setCopied(await copyText(code.map(plain).join("")));
  return (
    <div class="ls-snip">
      <code>
        {code.map((piece) => (
          <Colour key={plain(piece)} piece={piece} />
        ))}
      </code>
      {note && <span class="ls-dim">{`   ${note}`}</span>}
      <button type="button" class={copied ? "ls-copy ls-copied" : "ls-copy"} aria-label="Copy" onClick={copy}>
        <Icon name={copied ? "check" : "copy"} />
        {copied && "Copied"}
      </button>
    </div>
  );
}
