// The last net: what broke is said plainly, what was typed is still in its drafts, and one press starts again.
import { Button } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { sayNow } from "../i18n";
import { Notice } from "./Notice";

export class Crash extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render(): ReactNode {
    if (!this.state.error) return this.props.children;
    return <CrashNotice />;
  }
}

export function CrashNotice() {
  return (
    <Notice
      tone="failed"
      title={sayNow("error.crashTitle")}
      action={<Button onClick={() => location.reload()}>{sayNow("error.reload")}</Button>}
    >
      {sayNow("error.crashText")}
    </Notice>
  );
}
