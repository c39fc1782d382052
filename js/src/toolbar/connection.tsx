// How the numbers reach this view, in one icon and a word.

import { Icon, type IconName } from "../icons.tsx";
import type { Connection } from "../transport/transport.ts";

interface Words {
  icon: IconName;
  word: string;
  title: string;
  /** An abnormal state keeps its word however narrow it gets. */
  abnormal: boolean;
}

interface Props {
  connection: Connection;
  /** Whether a cell keeps the notebook's kernel; not said where there is no notebook. */
  busy?: boolean | undefined;
}

export function ConnectionState({ connection, busy }: Props) {
  const { icon, word, title, abnormal } = busy && connection.kind === "connected" ? BUSY : wordsOf(connection);
  const classes = ["ls-conn", abnormal && "ls-warn", busy !== undefined && "ls-conn-slot"].filter(Boolean).join(" ");
  return (
    <span class={classes} role="status" title={title}>
      <Icon name={icon} small />
      <span class={abnormal ? "" : "ls-conn-word"}>{word}</span>
    </span>
  );
}

/** Nothing is amiss: a training cell keeps the kernel, and the numbers come past it. */
const BUSY: Words = {
  icon: "kernel",
  word: "Kernel busy, view live",
  title: "A cell is running. This view gets its numbers without the kernel.",
  abnormal: false,
};

export function wordsOf(connection: Connection): Words {
  switch (connection.kind) {
    case "connecting":
      return { icon: "wait", word: "Connecting", title: "Connecting", abnormal: false };
    case "connected":
      return { icon: "plug", word: "Connected", title: connectedTitle(connection.polled), abnormal: false };
    case "lost":
      return { icon: "wait", word: "Reconnecting", title: "Reconnecting", abnormal: true };
    case "kernel":
      return {
        icon: "kernel",
        word: "Through the kernel",
        title: "No server extension here, so updates pause while a cell runs.",
        abnormal: true,
      };
    case "snapshot":
      return {
        icon: "camera",
        word: "Snapshot",
        title: "Saved with the notebook. It does not update.",
        abnormal: true,
      };
  }
}

const connectedTitle = (polled: boolean): string =>
  polled ? "Connected. No WebSocket gets through here, so values arrive every 2 seconds." : "Connected";
