import { describe, expect, it } from "vitest";
import { dashOf, deselect, HUES, hueOf, type Selection, select, selectStarted, toggle } from "../src/palette.ts";

const none: Selection = new Map();
const many = (count: number) => Array.from({ length: count }, (_, index) => String(index));

describe("selecting", () => {
  it("takes the first free colour", () => {
    const three = ["a", "b", "c"].reduce(select, none);
    const refilled = select(deselect(three, "b"), "d");
    expect(refilled.get("d")).toBe(three.get("b"));
    expect(refilled.get("c")).toBe(three.get("c"));
  });

  it("keeps the colour of what is selected already", () => {
    const two = ["a", "b"].reduce(select, none);
    expect(select(two, "a")).toBe(two);
    expect(toggle(toggle(two, "a"), "a").get("a")).toBe(0);
  });

  it("repeats the hues with another dash after seven", () => {
    const fifteen = many(15).reduce(select, none);
    expect(hueOf(fifteen.get("7") as number)).toBe(hueOf(fifteen.get("0") as number));
    expect([0, 7, 14].map((slot) => dashOf(slot))).toEqual(["solid", "dash", "dot"]);
    expect(new Set([...fifteen.values()]).size).toBe(15);
  });
});

describe("the distinct palette", () => {
  it("gives each of thirty-five slots a pair of hue and dash of its own, and neighbours different dashes", () => {
    const slots = many(35).map(Number);
    expect(new Set(slots.map((slot) => `${hueOf(slot)} ${dashOf(slot, true)}`)).size).toBe(35);
    expect(slots.every((slot) => dashOf(slot, true) !== dashOf(slot + 1, true))).toBe(true);
    expect(slots.slice(0, HUES).map((slot) => dashOf(slot))).toEqual(Array(HUES).fill("solid"));
  });
});

describe("runs that start", () => {
  it("select themselves while a hue of their own is free", () => {
    expect(selectStarted(none, many(20)).size).toBe(HUES);
  });

  it("take the place of a deselected one", () => {
    const full = selectStarted(none, many(HUES));
    expect(selectStarted(full, ["late"]).has("late")).toBe(false);
    expect(selectStarted(deselect(full, "3"), ["late"]).get("late")).toBe(3);
  });
});
