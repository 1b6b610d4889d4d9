// localStorage that never throws: where a page or browser refuses it, values live as long as the page.

export interface Shelf {
  get<T>(key: string): T | null;
  set(key: string, value: unknown): void;
  remove(key: string): void;
}

export function openShelf(site: string): Shelf {
  const spare = new Map<string, string>();
  const full = (key: string): string => `switchboard:${site}:${key}`;
  return {
    get<T>(key: string): T | null {
      let text: string | null | undefined;
      try {
        text = localStorage.getItem(full(key)) ?? spare.get(key);
      } catch {
        text = spare.get(key);
      }
      if (text == null) return null;
      try {
        return JSON.parse(text) as T;
      } catch {
        return null;
      }
    },
    set(key, value) {
      const text = JSON.stringify(value);
      spare.set(key, text);
      try {
        localStorage.setItem(full(key), text);
      } catch {
        // Full or forbidden: the copy above serves this page.
      }
    },
    remove(key) {
      spare.delete(key);
      try {
        localStorage.removeItem(full(key));
      } catch {
        // Nothing was kept there.
      }
    },
  };
}
