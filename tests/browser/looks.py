"""What a careful eye sees on a page: cut texts, texts over texts, colours that say something alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.servers import until

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
FOLDER = "LIVE_STUDIO_SHOTS"
HOT = """() => [...document.querySelectorAll('.ls-hot')].map(layer => layer.parentElement.innerText.trim())"""
# Every highlight there is from now on: what its cell shows and, once it has gone, how long it was there.
LIVES = """() => {
  const lives = window.__lives = [];
  const hot = nodes => [...nodes].filter(node => node.classList?.contains('ls-hot'));
  new MutationObserver(list => { for (const {addedNodes, removedNodes} of list) {
    for (const layer of hot(addedNodes)) {
      layer.life = {text: layer.parentElement.innerText.trim(), since: performance.now(), lasted: null};
      lives.push(layer.life);
    }
    for (const {life} of hot(removedNodes)) if (life) life.lasted = performance.now() - life.since;
  }}).observe(document.body, {childList: true, subtree: true});
}"""

# A text may end in an ellipsis where a tooltip has all of it, and lie outside what is scrolled to.
# Anything else that is not seen whole is a fault: cut by its own box, or by one around it.
CUT = """() => {
  const found = [];
  const say = (node, why) => found.push(`${why}: "${node.textContent.trim().slice(0, 60)}" in ${
    node.parentElement.closest('[class]').className}`);
  for (const root of document.querySelectorAll('.ls')) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());) {
      const el = node.parentElement;
      if (!node.textContent.trim() || el.closest('.ls-vh, svg, option, .ls-plot, script, style')) continue;
      if (!el.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
      // Out of sight, and the name of what it stands in.
      if (el.getBoundingClientRect().width <= 1) continue;
      const range = document.createRange(); range.selectNodeContents(node);
      const text = range.getBoundingClientRect();
      if (text.width === 0) continue;
      let told = false;
      for (let box = el; box && box !== root.parentElement; box = box.parentElement) {
        const style = getComputedStyle(box);
        if (style.display === 'inline' || style.display === 'contents') continue;
        const scrolls = /auto|scroll/.test(style.overflowX) || box.classList.contains('ls-scroll');
        if (scrolls) break;
        const rect = box.getBoundingClientRect();
        const over = text.right > rect.right + 1.5 || text.left < rect.left - 1.5;
        const clips = /hidden|clip/.test(style.overflowX);
        if (over && clips && !told) {
          told = style.textOverflow === 'ellipsis';
          const hint = box.closest('[title]');
          if (!told) say(node, 'cut');
          else if (!hint) say(node, 'no tooltip');
          told = true;
        }
        if (over && !clips && box === el && !told) { say(node, 'spills'); told = true; }
        const high = text.bottom > rect.bottom + 3 || text.top < rect.top - 3;
        if (high && /hidden|clip/.test(style.overflowY) && !told) { say(node, 'cut below'); told = true; }
      }
    }
  }
  return [...new Set(found)];
}"""
# Controls that a person presses: whole, inside the window sideways, and not on one another.
CONTROLS = """() => {
  const found = [];
  const all = [...document.querySelectorAll('.ls button, .ls input, .ls select, .ls [role=slider]')]
    .filter(el => el.checkVisibility({opacityProperty: true, visibilityProperty: true}))
    .filter(el => !el.closest('.ls-scroll, .ls-plot, .ls-vh, [inert]'))
    .map(el => [el, el.getBoundingClientRect()]).filter(([, box]) => box.width > 0);
  const name = el => (el.getAttribute('aria-label') || el.innerText || el.title || el.className).slice(0, 40);
  for (const [el, box] of all)
    if (!el.closest('.ls-sides') && (box.right > innerWidth + 1 || box.left < -1))
      found.push(`outside: ${name(el)}`);
  const layer = el => el.closest('.ls-panel, .ls-menu, .ls-toast, dialog, [role=dialog], [role=menu]');
  for (let i = 0; i < all.length; i++) for (let j = i + 1; j < all.length; j++) {
    const [[a, x], [b, y]] = [all[i], all[j]];
    if (layer(a) !== layer(b) || a.contains(b) || b.contains(a)) continue;
    const wide = Math.min(x.right, y.right) - Math.max(x.left, y.left);
    const high = Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top);
    if (wide > 1.5 && high > 1.5) found.push(`${name(a)} lies on ${name(b)}`);
  }
  return found;
}"""
# A chart that was drawn for another size is clipped, or leaves a hole.
BOXES = """() => [...document.querySelectorAll('.ls-plot')]
  .filter(plot => plot._fullLayout && plot.checkVisibility({visibilityProperty: true}))
  .map(plot => [plot.getBoundingClientRect(), plot.querySelector('.main-svg').getBoundingClientRect(), plot])
  .filter(([box, svg]) => Math.floor(box.width) !== svg.width || Math.floor(box.height) !== svg.height)
  .map(([box, svg, plot]) => `${plot.closest('[aria-label]').getAttribute('aria-label')}: ${
    [box.width, box.height]} drawn as ${[svg.width, svg.height]}`)"""


def looked_at(page: Page, name: str) -> list[str]:
    """Take its picture where a folder is named, and return what is wrong with it."""
    # Charts are drawn in turn, after what has moved them.
    until(lambda: page.evaluate(BOXES) == [], "charts as large as their boxes")
    picture(page, name)
    found = [*page.evaluate(CUT), *page.evaluate(CONTROLS)]
    return [f"{name}: {one}" for one in found]


def picture(page: Page, name: str) -> None:
    """Keep its picture where a folder is named."""
    if folder := os.environ.get(FOLDER):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")


def calm(page: Page) -> None:
    """Wait until nothing is highlighted: a half faded colour is nobody's."""
    until(lambda: page.evaluate(HOT) == [], "calm")


def highlighted(page: Page) -> list[str]:
    """What was highlighted since `LIVES`, all of it for its two seconds and then no more."""
    calm(page)
    lives = page.evaluate("window.__lives")
    # A busy machine lets go late; never early.
    assert all(1_900 <= one["lasted"] <= 20_000 for one in lives), lives
    return sorted(one["text"] for one in lives)


def violations(page: Page, where: str, part: str = ".ls") -> list[str]:
    """What axe finds, contrast among it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    calm(page)
    result: dict[str, Any] = page.evaluate(
        "part => axe.run(part, {resultTypes: ['violations']})", part
    )
    return [
        f"{where}: {one['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for one in result["violations"]
        for node in one["nodes"][:2]
    ]
