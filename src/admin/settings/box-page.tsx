import { Button, Checkbox, Group, Stack, TextInput } from "@mantine/core";
import { IconInfoCircle, IconNetwork, IconPower, IconRefresh } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { useBox, useKeepNetwork, useLeave, useReturnNetwork, useSaveTimeServers, useStay } from "../api/box.ts";
import type { Box } from "../api/client.ts";
import { useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { useNotice } from "../parts/notices.tsx";
import { Page, Section } from "../parts/page.tsx";
import { SaveRow } from "../parts/save-row.tsx";
import { FormError, Loaded } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import classes from "./box.module.css";
import { KEEP_NETWORK_PATH } from "./keep-network-page.tsx";
import { NetworkForm } from "./network-form.tsx";
import { SettingsTabs } from "./settings-tabs.tsx";

type State = NonNullable<Box["state"]>;

/** What the hotline stands on: its address, its clock, its power. */
export default function BoxPage() {
  const t = useWords();
  const query = useBox();
  return (
    <Page title={t("box.title")}>
      <SettingsTabs />
      <Loaded query={query}>
        {(box) => (
          <>
            {(box.state === null || !box.state.isManaged) && (
              <Callout tone="calm" icon={IconInfoCircle} testId="not-managed">
                {t(box.state === null ? "box.none" : "box.elsewhere")}
              </Callout>
            )}
            <NowSection box={box} />
            {box.state?.isManaged === true && (
              <>
                <Section title={t("box.network")} hint={t("box.networkHint")}>
                  {box.state.trial === null ? (
                    <NetworkForm key={JSON.stringify(box.state.network)} saved={box.state.network} cards={box.cards} />
                  ) : (
                    <Trial trial={box.state.trial} hostName={box.hostName} />
                  )}
                </Section>
                <Section title={t("box.clock")} hint={t("box.clockHint", { timeZone: box.timeZone })}>
                  <TimeServers key={box.state.ntpServers.join()} saved={box.state.ntpServers} />
                </Section>
              </>
            )}
            {box.state !== null && <PowerSection box={box} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function NowSection({ box }: { box: Box }) {
  const t = useWords();
  return (
    <Section title={t("box.now")}>
      <dl className={classes["facts"]}>
        <dt>{t("box.name")}</dt>
        <dd>{box.hostName}</dd>
        {box.cards.map(({ name, addresses }) => (
          <div key={name} className={classes["fact"]}>
            <dt>{name}</dt>
            <dd>{addresses.length > 0 ? addresses.join(", ") : t("box.noAddress")}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

/** The same page of the panel at another host, with the trial's name where no server's log sees it. */
function linkTo(host: string, trial: string): string {
  const url = new URL(KEEP_NETWORK_PATH, window.location.href);
  url.hostname = host;
  url.hash = trial;
  return url.href;
}

function Trial({ trial, hostName }: { trial: NonNullable<State["trial"]>; hostName: string }) {
  const t = useWords();
  const keep = useKeepNetwork();
  const back = useReturnNetwork();
  const { tell, failed } = useNotice();
  const { ipv4 } = trial.settings;
  const host = ipv4.method === "static" ? ipv4.address : `${hostName}.local`;
  return (
    <Stack data-testid="trial">
      <Callout tone="warn" icon={IconNetwork} title={t("box.trial", { seconds: trial.secondsLeft })}>
        {t(ipv4.method === "static" ? "box.trialText" : "box.trialByDhcp")}
      </Callout>
      <Group>
        <Button component="a" href={linkTo(host, trial.id)} target="_blank" rel="noreferrer">
          {t("box.openNew", { host })}
        </Button>
        <Button
          variant="light"
          loading={keep.isPending}
          onClick={() => keep.mutate(trial.id, { onSuccess: () => tell(t("box.kept")), onError: failed })}
        >
          {t("box.keep")}
        </Button>
        <Button variant="default" loading={back.isPending} onClick={() => back.mutate(trial.id, { onError: failed })}>
          {t("box.return")}
        </Button>
      </Group>
    </Stack>
  );
}

function TimeServers({ saved }: { saved: readonly string[] }) {
  const t = useWords();
  const fieldText = useFieldText();
  const save = useSaveTimeServers();
  const { tell } = useNotice();
  const [text, setText] = useState(saved.join(" "));
  const code = save.error instanceof ApiError ? Object.values(save.error.fields)[0] : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(text.split(/[\s,]+/).filter(Boolean), { onSuccess: () => tell(t("settings.saved")) });
  };
  return (
    <Stack component="form" onSubmit={submit} maw={420}>
      <TextInput
        label={t("box.ntp")}
        description={t("box.ntpHint")}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={code === undefined ? undefined : fieldText(code)}
        maxLength={500}
      />
      <SaveRow save={save} isToldAbove={code !== undefined} />
    </Stack>
  );
}

function PowerSection({ box: { leaving, calls } }: { box: Box }) {
  const t = useWords();
  const leave = useLeave();
  const stay = useStay();
  const [waits, setWaits] = useState(true);
  /** Which of the two is asked about once more. */
  const [asked, setAsked] = useState<"restart" | "shut-down" | null>(null);
  const text = (kind: "restart" | "shut-down") => t(kind === "restart" ? "box.restart" : "box.shutDown");
  const go = (kind: "restart" | "shut-down", isWaiting: boolean) => {
    setAsked(null);
    leave.mutate({ kind, waits: isWaiting });
  };
  return (
    <Section title={t("box.power")} hint={t("box.powerHint")}>
      <Stack>
        {leaving?.isGoing === true && (
          <Callout tone="warn" icon={leaving.kind === "restart" ? IconRefresh : IconPower} testId="going">
            {t(leaving.kind === "restart" ? "box.restarting" : "box.shuttingDown")}
          </Callout>
        )}
        {leaving?.isGoing === false && (
          <>
            <Callout tone="warn" icon={IconRefresh} title={text(leaving.kind)} testId="waiting">
              {t("box.waiting", { count: calls })}
            </Callout>
            <Group>
              <Button color="red" variant="light" onClick={() => go(leaving.kind, false)}>
                {t("box.atOnce")}
              </Button>
              <Button variant="default" onClick={() => stay.mutate()}>
                {t("action.cancel")}
              </Button>
            </Group>
          </>
        )}
        {leaving === null && (
          <>
            <Checkbox
              label={t("box.waits")}
              checked={waits}
              onChange={(event) => setWaits(event.currentTarget.checked)}
            />
            {asked === null ? (
              <Group>
                <Button variant="default" onClick={() => setAsked("restart")}>
                  {t("box.restart")}
                </Button>
                <Button variant="default" color="red" onClick={() => setAsked("shut-down")}>
                  {t("box.shutDown")}
                </Button>
              </Group>
            ) : (
              <Group>
                <Button color="red" data-testid="sure" onClick={() => go(asked, waits)}>
                  {text(asked)}
                </Button>
                <Button variant="default" onClick={() => setAsked(null)}>
                  {t("action.cancel")}
                </Button>
              </Group>
            )}
          </>
        )}
        <FormError error={leave.error} />
      </Stack>
    </Section>
  );
}
