// One of several that can be chosen in a menu, with its tick.

import { Icon } from "../icons.tsx";

interface Props {
  role: "menuitemradio" | "menuitemcheckbox";
  on: boolean;
  act(): void;
  /** What else there is to say, where the word alone does not. */
  hint?: string;
  children: string;
}

export const Choice = ({ role, on, act, hint, children }: Props) => (
  <button
    type="button"
    class="ls-mi"
    {...{ role, "aria-checked": on }}
    tabIndex={-1}
    title={hint ?? children}
    onClick={act}
  >
    <span class="ls-mi-mark">{on && <Icon name="check" small />}</span>
    <span class="ls-cut">{children}</span>
  </button>
);
