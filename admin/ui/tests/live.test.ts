import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { again } from "../src/live/again";

/** A store that is read in two steps: what it holds when asked, and an answer that comes when let go. */
function slowStore(client: QueryClient, key: string[]) {
  const store = { holds: "old" };
  const answers: (() => void)[] = [];
  const observer = new QueryObserver(client, {
    queryKey: key,
    retry: false,
    queryFn: () => {
      const read = store.holds;
      return new Promise<string>((resolve) => answers.push(() => resolve(read)));
    },
  });
  observer.subscribe(() => {});
  const answer = async () => {
    answers.shift()!();
    await new Promise((soon) => setTimeout(soon));
  };
  return { store, answers, answer, shown: () => observer.getCurrentResult().data };
}

test("what changes while the first fetch is under way is shown in the end", async () => {
  const client = new QueryClient();
  const list = slowStore(client, ["live", "list"]);
  list.store.holds = "new";
  const looked = again(client, ["live"]);
  await list.answer();
  expect(list.shown()).toBe("old");
  await list.answer();
  await looked;
  expect(list.shown()).toBe("new");
});

test("many hints never keep a slow fetch from its end, and are followed by one fetch", async () => {
  const client = new QueryClient();
  const list = slowStore(client, ["live", "list"]);
  await list.answer();
  const looks = Array.from({ length: 20 }, () => again(client, ["live", "list"]));
  expect(list.answers).toHaveLength(1);
  list.store.holds = "new";
  looks.push(...Array.from({ length: 20 }, () => again(client, ["live", "list"])));
  expect(list.answers).toHaveLength(1);
  await list.answer();
  expect(list.answers).toHaveLength(1);
  await list.answer();
  await Promise.all(looks);
  expect(list.shown()).toBe("new");
  expect(list.answers).toHaveLength(0);
});

test("what is not under these keys is left alone", async () => {
  const client = new QueryClient();
  const list = slowStore(client, ["live", "list"]);
  const other = slowStore(client, ["live", "counts"]);
  await list.answer();
  await other.answer();
  const looked = again(client, ["live", "list"]);
  expect(other.answers).toHaveLength(0);
  await list.answer();
  await looked;
});
