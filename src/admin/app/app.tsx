import { Center, Container, Loader } from "@mantine/core";
import { lazy, Suspense, useEffect, useState } from "react";
import { SessionContext, useSessionQuery, useStatus } from "../api/session.ts";
import { useLanguage, useWords } from "../messages/language.tsx";
import { loadPart } from "../parts/load-part.ts";
import { Failure } from "../parts/states.tsx";
import { KEEP_NETWORK_PATH, KeepNetworkPage } from "../settings/keep-network-page.tsx";
import { OwnPasswordPage } from "../sign-in/own-password.tsx";
import { SignInPage } from "../sign-in/sign-in-page.tsx";
import { SignedIn } from "./signed-in.tsx";

const FirstStart = lazy(() => loadPart(() => import("../first-start/first-start.tsx")));

/** The gate: the first start while there is no admin, the sign-in page without a session, else the panel. */
export function App() {
  const status = useStatus();
  // Once begun, the first start ends by its own button only: its last page shows passwords that are shown nowhere else,
  // and the daemon says 'set up' before they were written down.
  const [isFirstStart, setFirstStart] = useState(false);
  if (status.data?.needsSetup === true && !isFirstStart) setFirstStart(true);
  const session = useSessionQuery(status.data?.needsSetup === false && !isFirstStart);
  const { language, isChosen, choose } = useLanguage();

  // The language belongs to the person: what they chose follows them to another computer.
  const personal = session.data?.language;
  const sites = status.data?.language ?? undefined;
  useEffect(() => {
    if (personal !== undefined) choose(personal);
  }, [personal, choose]);
  useEffect(() => {
    if (!isChosen && sites !== undefined) choose(sites);
  }, [isChosen, sites, choose]);

  // At an address at which nobody is signed in yet.
  if (window.location.pathname === KEEP_NETWORK_PATH) return <KeepNetworkPage />;
  const failed = status.data === undefined ? status : session;
  if (failed.isError && failed.data === undefined) {
    return (
      <Container size="xs" pt="15vh" component="main">
        <Failure error={failed.error} retry={() => void failed.refetch()} />
      </Container>
    );
  }
  if (status.data === undefined) return <Waiting />;
  if (isFirstStart) {
    return (
      <Suspense fallback={<Waiting />}>
        <FirstStart onDone={() => setFirstStart(false)} />
      </Suspense>
    );
  }
  if (session.data === undefined) return <Waiting />;
  if (session.data === null) return <SignInPage language={language} />;
  if (session.data.mustChangePassword) return <OwnPasswordPage />;
  return (
    <SessionContext value={session.data}>
      <SignedIn />
    </SessionContext>
  );
}

function Waiting() {
  const t = useWords();
  return (
    <Center mih="60vh" component="main">
      <Loader aria-label={t("state.loading")} />
    </Center>
  );
}
