import { describe, expect, it } from "vitest";

const sources = import.meta.glob("../src/**/*.{ts,tsx,css}", { query: "?raw", import: "default", eager: true });
const files = Object.keys(sources).map((path) => path.replace("../src/", ""));
const read = (name: string): string => sources[`../src/${name}`] ?? "";
const holding = (pattern: RegExp, wanted = files): string[] => wanted.filter((name) => pattern.test(read(name)));

describe("the sources", () => {
  it("are found", () => {
    expect(files.length).toBeGreaterThan(50);
  });

  it("never turn text into markup", () => {
    expect(holding(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/)).toEqual([]);
  });

  it("ask for no layout while they highlight", () => {
    expect(holding(/offsetWidth|offsetHeight|getBoundingClientRect/, ["highlight.ts"])).toEqual([]);
  });

  it("have no colour that is not a token", () => {
    const styles = files.filter((name) => name.endsWith(".css") && !/(tokens|page)\.css$/.test(name));
    expect(holding(/#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch)a?\(/i, styles)).toEqual([]);
    expect(holding(/: [^;{}]*\b(?:white|black|gr[ae]y|red|orange|yellow|green|blue|purple)\b[^;{}]*;/, styles)).toEqual(
      [],
    );
  });

  it("take type, corners, shadows and time from tokens alone", () => {
    const styles = files.filter((name) => name.endsWith(".css") && !name.endsWith("tokens.css"));
    const own = styles.flatMap((name) =>
      [
        ...read(name)
          .replace(/\/\*[\s\S]*?\*\//g, "")
          .matchAll(
            /\b(font(?:-size|-weight|-family)?|border-radius|box-shadow|(?:transition|animation)(?:-\w+)?):\s*([^;]+);/g,
          ),
      ]
        // A ring is half of itself, an inner shadow is a line of one or two pixels.
        .filter(
          ([, name, value = ""]) =>
            /[\d.](?:px|ms|s|em|rem)\b/.test(
              value.replace(name === "font" ? /\/ \d+px/ : /inset (-?[012](px)? ?)+/, ""),
            ) ||
            (name === "font-weight" && /\d/.test(value.replace(/var\([^)]*\)/, ""))),
        )
        .map(([declaration]) => `${name}: ${declaration}`),
    );
    expect(own).toEqual([]);
  });

  it("take space and heights from tokens alone", () => {
    // Left out is what has no rhythm with anything else: a line of one pixel, the inside of a glyph, how much of a list is
    // seen before it scrolls, how wide something may be, and where one thing lies on another.
    const glyph = 15;
    const styles = files.filter((name) => name.endsWith(".css") && !name.endsWith("tokens.css"));
    const own = styles.flatMap((name) =>
      [
        ...read(name)
          .replace(/\/\*[\s\S]*?\*\//g, "")
          .matchAll(/(?<![\w-])((?:padding|margin|gap|row-gap|column-gap)(?:-\w+)?|(?:min-)?height): ([^;{}]+);/g),
      ]
        .filter(([, property = "", value = ""]) =>
          [...value.matchAll(/(?<![\w.])([\d.]+)(?:px|em|rem)\b/g)].some(
            ([, size]) => Number(size) > (property.endsWith("height") ? glyph : 1),
          ),
        )
        .map(([declaration]) => `${name}: ${declaration}`),
    );
    // Half of the ring that stands on the rail.
    expect(own).toEqual(["styles/rail.css: margin-top: -3.5px;"]);
  });

  it("style nothing outside the dashboard", () => {
    const styles = files.filter((name) => name.endsWith(".css") && !name.endsWith("tokens.css"));
    const selectors = styles.flatMap(
      (name) =>
        read(name)
          .replace(/\/\*[\s\S]*?\*\//g, "")
          .match(/^[^\s@}][^{]*(?=\{)/gm) ?? [],
    );
    expect(
      selectors
        .flatMap((list) => list.replace(/\([^()]*\)/g, "").split(","))
        .filter((one) => !/^\.ls(-page(-body)?)?\b/.test(one.trim())),
    ).toEqual([]);
  });

  it("do not meet in one class by chance", () => {
    const homes = new Map<string, Set<string>>();
    for (const name of files.filter((one) => one.endsWith(".css"))) {
      for (const [, selector = ""] of read(name).matchAll(/^\.ls (\.ls-[\w-]+) \{/gm))
        homes.set(selector, (homes.get(selector) ?? new Set()).add(name));
    }
    const shared = [...homes].filter(([, sheets]) => sheets.size > 1).map(([selector]) => selector);
    // The main part is the frame's, and holds the measures of the table.
    expect(shared).toEqual([".ls-main"]);
  });
});
