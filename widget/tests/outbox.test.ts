import { beforeEach, describe, expect, it, vi } from "vitest";
import { newId, Outbox } from "../src/outbox";
import { openShelf } from "../src/storage";

const words = (text: string) => [{ type: "text", text }];

describe("the outbox", () => {
  beforeEach(() => localStorage.clear());

  it("keeps messages in order across reloads until they are confirmed", () => {
    const before = new Outbox(openShelf("s"));
    const first = before.add(words("one"));
    const second = before.add(words("two"));
    const after = new Outbox(openShelf("s"));
    expect(after.all()).toEqual([first, second]);
    after.settle(first?.client_id ?? "");
    expect(new Outbox(openShelf("s")).all()).toEqual([second]);
  });

  it("keeps the id when a refused message is tried again", () => {
    const outbox = new Outbox(openShelf("s"));
    const entry = outbox.add(words("one"));
    outbox.fail(entry?.client_id ?? "", "Too long.");
    expect(outbox.all()[0]?.error).toBe("Too long.");
    outbox.retry(entry?.client_id ?? "");
    expect(outbox.all()).toEqual([entry]);
  });

  it("takes no more than it can hold", () => {
    const outbox = new Outbox(openShelf("s"));
    for (let n = 0; n < 50; n += 1) expect(outbox.add(words(String(n)))).not.toBeNull();
    expect(outbox.add(words("more"))).toBeNull();
    expect(outbox.all()).toHaveLength(50);
  });

  it("does not mix sites", () => {
    new Outbox(openShelf("a")).add(words("one"));
    expect(new Outbox(openShelf("b")).all()).toEqual([]);
  });

  it.each(["not json", "{}", "[1,null]", '[{"client_id":1}]'])("survives what somebody else left there: %s", (kept) => {
    localStorage.setItem("switchboard:s:outbox", kept);
    expect(new Outbox(openShelf("s")).all()).toEqual([]);
  });

  it("works for the life of the page where storage is forbidden", () => {
    const refuse = () => {
      throw new DOMException("no", "SecurityError");
    };
    const spies = (["getItem", "setItem"] as const).map((name) => vi.spyOn(Storage.prototype, name).mockImplementation(refuse));
    const outbox = new Outbox(openShelf("s"));
    const entry = outbox.add(words("one"));
    expect(outbox.all()).toEqual([entry]);
    for (const spy of spies) spy.mockRestore();
  });

  it("gives ids nobody can guess", () => {
    const ids = new Set(Array.from({ length: 1_000 }, newId));
    expect(ids.size).toBe(1_000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });
});
