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
