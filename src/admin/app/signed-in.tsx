import { type ComponentType, lazy, Suspense } from "react";
import { Route, Switch } from "wouter";
import { useLiveEvents } from "../api/live-events.ts";
import { useSession } from "../api/session.ts";
import { CallsPage } from "../calls/calls-page.tsx";
import { loadPart } from "../parts/load-part.ts";
import { Lines } from "../parts/states.tsx";
import { TodayPage } from "../today/today-page.tsx";
import { NotFoundPage } from "./not-found-page.tsx";
import { Shell } from "./shell.tsx";

const BoardPage = lazy(() => loadPart(() => import("../live/board-page.tsx")));
const MissedPage = lazy(() => loadPart(() => import("../missed/missed-page.tsx")));
const HoursPage = lazy(() => loadPart(() => import("../hours/hours-page.tsx")));
const TeamPage = lazy(() => loadPart(() => import("../team/team-page.tsx")));
const CallFlowPage = lazy(() => loadPart(() => import("../call-flow/call-flow-page.tsx")));
const FlowPage = lazy(() => loadPart(() => import("../call-flow/editor/flow-page.tsx")));
const LinesPage = lazy(() => loadPart(() => import("../lines/lines-page.tsx")));
const OutgoingPage = lazy(() => loadPart(() => import("../outgoing/outgoing-page.tsx")));
const BansPage = lazy(() => loadPart(() => import("../bans/bans-page.tsx")));
const HealthPage = lazy(() => loadPart(() => import("../health/health-page.tsx")));
const BackupPage = lazy(() => loadPart(() => import("../backup/backup-page.tsx")));
const TestCallPage = lazy(() => loadPart(() => import("../test-call/test-call-page.tsx")));
const UpdatesPage = lazy(() => loadPart(() => import("../updates/updates-page.tsx")));
const BoxPage = lazy(() => loadPart(() => import("../settings/box-page.tsx")));
const SettingsPage = lazy(() => loadPart(() => import("../settings/settings-page.tsx")));

/** The panel behind the sign-in page. The daemon decides who may do what; pages of the admin are only not shown to operators. */
export function SignedIn() {
  const isStreamLost = useLiveEvents();
  const isAdmin = useSession().role === "admin";
  const forAdmin = (page: ComponentType) => (isAdmin ? page : NotFoundPage);
  return (
    <Shell isStreamLost={isStreamLost}>
      <Suspense fallback={<Lines count={6} />}>
        <Switch>
          <Route path="/" component={TodayPage} />
          <Route path="/live" component={BoardPage} />
          <Route path="/calls/:callId?" component={CallsPage} />
          <Route path="/missed/:ticketId?" component={MissedPage} />
          <Route path="/hours" component={HoursPage} />
          <Route path="/team" component={TeamPage} />
          <Route path="/call-flow" component={forAdmin(CallFlowPage)} />
          <Route path="/call-flow/:flowId/:view?" component={forAdmin(FlowPage)} />
          <Route path="/lines" component={forAdmin(LinesPage)} />
          <Route path="/lines/outgoing" component={forAdmin(OutgoingPage)} />
          <Route path="/health" component={forAdmin(HealthPage)} />
          <Route path="/health/protection" component={forAdmin(BansPage)} />
          <Route path="/health/backup" component={forAdmin(BackupPage)} />
          <Route path="/test-call" component={forAdmin(TestCallPage)} />
          <Route path="/health/updates" component={forAdmin(UpdatesPage)} />
          <Route path="/settings" component={SettingsPage} />
          <Route path="/settings/box" component={forAdmin(BoxPage)} />
          <Route component={NotFoundPage} />
        </Switch>
      </Suspense>
    </Shell>
  );
}
