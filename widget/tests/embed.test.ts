import { beforeEach, describe, expect, it, vi } from "vitest";
import { embed, type Switchboard } from "../npm/index";

const OPTIONS = { hub: "https://hub.example.com/chat", site: "site-one", locale: "de", theme: "dark" } as const;
const queue = (): unknown[][] => (window as { Switchboard?: unknown[][] }).Switchboard ?? [];

describe("embedding by a module", () => {
  beforeEach(() => {
    document.head.replaceChildren();
    delete (window as { Switchboard?: unknown }).Switchboard;
  });

  it("puts one script on the page, however often it is asked for", () => {
    embed(OPTIONS);
    embed(OPTIONS);
    const [script, ...more] = document.head.querySelectorAll("script");
    expect(more).toEqual([]);
    expect(script?.src).toBe("https://hub.example.com/chat/widget.js");
    expect({ ...script?.dataset }).toEqual({ site: "site-one", locale: "de", theme: "dark" });
  });

  it("keeps calls until the script is there, and forgets a handler that is not wanted any more", () => {
    const bubble: Switchboard = embed(OPTIONS);
    const heard = vi.fn();
    bubble.identify({ user: "ada", hash: "00" });
    const stop = bubble.on("unread", heard);
    bubble.open();
    expect(queue().map(([name]) => name)).toEqual(["identify", "on", "open"]);
    const tell = queue()[1]?.[2] as (n: number) => void;
    tell(1);
    stop();
    tell(2);
    expect(heard.mock.calls).toEqual([[1]]);
  });

  it("goes away whole, and may come back", () => {
    embed(OPTIONS).destroy();
    expect(queue().at(-1)).toEqual(["destroy"]);
    expect(document.head.querySelector("script")).toBeNull();
    embed(OPTIONS);
    expect(document.head.querySelector("script")).not.toBeNull();
  });
});
