import { Component, type ReactNode } from 'react';
import { CallErrorPanel } from '#ui/components/error-panel/CallErrorPanel.tsx';

/** A page that fails takes nothing else with it: sidebar, status line and what runs go on. */
export class ErrorBoundary extends Component<
  { children: ReactNode; onError?: (error: unknown) => void },
  { error: unknown }
> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override componentDidCatch(error: unknown) {
    this.props.onError?.(error);
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <div className="pad">
        <CallErrorPanel error={this.state.error} onRetry={() => this.setState({ error: null })} />
      </div>
    );
  }
}
