// Puts the style sheet into the page once, however many dashboards it shows.

import across from "./across.css";
import cards from "./cards.css";
import compare from "./compare.css";
import detail from "./detail.css";
import dialog from "./dialog.css";
import forced from "./forced.css";
import frame from "./frame.css";
import highlight from "./highlight.css";
import images from "./images.css";
import inline from "./inline.css";
import marks from "./marks.css";
import menus from "./menus.css";
import page from "./page.css";
import panels from "./panels.css";
import plots from "./plots.css";
import rail from "./rail.css";
import states from "./states.css";
import status from "./status.css";
import storage from "./storage.css";
import table from "./table.css";
import tokens from "./tokens.css";

const text = [
  tokens,
  frame,
  menus,
  panels,
  dialog,
  storage,
  table,
  status,
  marks,
  rail,
  highlight,
  plots,
  cards,
  across,
  images,
  inline,
  compare,
  detail,
  states,
  page,
  forced,
].join("\n");
const MARK = "data-live-studio";

/** Styles the document, and the shadow tree `el` lands in where the host uses one. Undo with the returned function. */
export function injectStyles(el: HTMLElement): () => void {
  addTo(document.head);
  // An output is often filled before it is put into the page, so its tree is known a frame later.
  const frameId = requestAnimationFrame(() => {
    const tree = el.getRootNode();
    if (tree instanceof ShadowRoot) addTo(tree);
  });
  return () => cancelAnimationFrame(frameId);
}

function addTo(place: HTMLElement | ShadowRoot): void {
  const known = [...place.querySelectorAll(`style[${MARK}]`)].some((style) => style.textContent === text);
  if (known) return;
  const style = document.createElement("style");
  style.setAttribute(MARK, "");
  style.textContent = text;
  place.append(style);
}
