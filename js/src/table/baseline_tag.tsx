// The word beside the name of what others are compared with.

import { Icon } from "../icons.tsx";

export const BaselineTag = () => (
  <span class="ls-tag ls-tag-strong" title="Baseline: others are compared with it">
    <span class="ls-word">baseline</span>
    <Icon name="flag" small />
  </span>
);
