// Stands in for react-remove-scroll, which Mantine's dialogs bring along: the page itself never scrolls here, and that
// library stops scrolling by an inline style, which the page's policy refuses.
import type { ReactNode } from "react";

export function RemoveScroll({ children }: { children: ReactNode }) {
  return <>{children}</>;
}
RemoveScroll.classNames = { fullWidth: "", zeroRight: "" };
