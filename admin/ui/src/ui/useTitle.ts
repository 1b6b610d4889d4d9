import { useEffect } from "react";
import { setPageTitle } from "../alerts/title";

/** Names the page in the browser's tab. How many wait stands before it by itself. */
export function useTitle(name: string): void {
  useEffect(() => setPageTitle(name), [name]);
}
