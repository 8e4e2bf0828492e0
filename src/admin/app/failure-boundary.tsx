import { Container } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { Failure } from "../parts/states.tsx";

interface State {
  error: unknown;
}

/** What a page throws while it is drawn is told, with a way on; without this the window would be empty. */
export class FailureBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <Container size="xs" pt="15vh" component="main">
        <Failure error={error} retry={() => window.location.reload()} />
      </Container>
    );
  }
}

const RELOADED_AT = "hotline-reloaded-at";
const AGAIN_AFTER_MS = 60_000;

/**
 * After an update of the box an open panel asks for parts that are no longer there. Then the page is loaded anew, which brings the
 * new panel; but not over and over, should the parts be missing for another reason.
 */
export function reloadWhenOutdated(): void {
  window.addEventListener("vite:preloadError", (event) => {
    const before = Number(sessionStorage.getItem(RELOADED_AT) ?? "0");
    if (Date.now() - before < AGAIN_AFTER_MS) return;
    event.preventDefault();
    sessionStorage.setItem(RELOADED_AT, String(Date.now()));
    window.location.reload();
  });
}
