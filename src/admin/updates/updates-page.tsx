import { Button, FileButton, Group, Modal, Progress, Stack, TextInput } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconDownload,
  IconInfoCircle,
  IconRefresh,
  IconUpload,
} from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import type { RestartInput, Updates } from "../api/client.ts";
import {
  useBeginUpdate,
  useDismissRestart,
  useFindUpdates,
  useRestartIntoUpdate,
  useSaveChannel,
  useUpdates,
  useUploadUpdate,
} from "../api/updates.ts";
import classes from "../backup/backup.module.css";
import { formatBytes } from "../format/quantity.ts";
import { HealthTabs } from "../health/health-tabs.tsx";
import { useLanguage, useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { Mark } from "../parts/mark.tsx";
import { useNotice } from "../parts/notices.tsx";
import { Page, Section } from "../parts/page.tsx";
import { SaveRow } from "../parts/save-row.tsx";
import { FormError, Loaded } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import { useSiteTime } from "../parts/use-site-time.ts";

/** Which version runs, what newer one is there, and how the last update went. */
export default function UpdatesPage() {
  const t = useWords();
  const query = useUpdates();
  return (
    <Page title={t("updates.title")}>
      <HealthTabs />
      <Loaded query={query}>
        {(updates) => (
          <>
            <NowSection updates={updates} />
            {updates.isBox ? (
              <>
                <OfferSection updates={updates} />
                <ChannelSection key={updates.channel ?? ""} updates={updates} />
              </>
            ) : (
              <Callout tone="calm" icon={IconInfoCircle} testId="no-box">
                {t("updates.noBox")}
              </Callout>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function NowSection({
  updates: { version, running, problem, last, restartMoment, conversations },
}: {
  updates: Updates;
}) {
  const t = useWords();
  return (
    <Section title={t("updates.now")} isFlush>
      <ul className={classes["list"]} data-testid="updates-now">
        <li>{t("updates.version", { version })}</li>
        {running !== null && (
          <li role="status">
            {t(`updates.phase.${running.phase}`)}
            <Progress
              mt="xs"
              value={running.percent ?? 100}
              animated={running.percent === null}
              aria-label={t(`updates.phase.${running.phase}`)}
            />
          </li>
        )}
        {problem !== null && (
          <li>
            <Mark icon={IconAlertTriangle} tone="bad">
              {t(`error.update-${problem}`)}
            </Mark>
          </li>
        )}
        {last !== null && <LastItem last={last} />}
        {last?.state === "ready" && running === null && last.to !== null && (
          <ReadyItem version={last.to} moment={restartMoment} conversations={conversations} />
        )}
      </ul>
    </Section>
  );
}

function LastItem({ last: { state, to, from, at, reason, missing } }: { last: NonNullable<Updates["last"]> }) {
  const t = useWords();
  const { dayName, clock } = useSiteTime();
  const values = { time: `${dayName(at)} ${clock(at)}`, from, to: to ?? "?" };
  if (state === "ready" || state === "writing") return null;
  const partWords = (part: string) => {
    if (part.startsWith("trunk ")) return t("updates.part.trunk", { name: part.slice("trunk ".length) });
    const known = (["panel", "database", "switch", "synthetic-call"] as const).find((one) => one === part);
    return known === undefined ? part : t(`updates.part.${known}`);
  };
  return (
    <li data-state={state}>
      <Mark
        icon={state === "good" ? IconCircleCheck : state === "trying" ? IconRefresh : IconAlertTriangle}
        tone={state === "good" ? "good" : state === "trying" ? "calm" : "bad"}
      >
        {t(`updates.last.${state}`, values)}
      </Mark>
      {reason !== null && state !== "good" && <div>{t(`updates.reason.${reason}`)}</div>}
      {reason === "not-healthy" && <div className={classes["soft"]}>{missing.map(partWords).join(" · ")}</div>}
    </li>
  );
}

/** It is written; the box starts from it when somebody says so. */
function ReadyItem({
  version,
  moment,
  conversations,
}: {
  version: string;
  moment: Updates["restartMoment"];
  conversations: number;
}) {
  const t = useWords();
  const restart = useRestartIntoUpdate();
  const dismiss = useDismissRestart();
  const { failed } = useNotice();
  const [isAsking, setAsking] = useState(false);
  const begin = (wish: RestartInput) => {
    setAsking(false);
    restart.mutate(wish, { onError: failed });
  };
  return (
    <li data-testid="update-ready">
      <Stack gap="sm">
        <Mark icon={IconDownload} tone="calm">
          {t("updates.ready", { version })}
        </Mark>
        {moment === null ? (
          <>
            <div className={classes["soft"]}>{t("updates.readyText")}</div>
            <Group gap="xs">
              <Button onClick={() => begin({ moment: "at-night", isInsisting: false })}>{t("updates.atNight")}</Button>
              <Button variant="default" onClick={() => begin({ moment: "when-free", isInsisting: false })}>
                {t("updates.whenFree")}
              </Button>
              {conversations > 0 && (
                <Button variant="default" color="red" onClick={() => setAsking(true)}>
                  {t("updates.insist")}
                </Button>
              )}
            </Group>
          </>
        ) : (
          <Group gap="xs" role="status">
            {t(`updates.waits.${moment}`)}
            <Button variant="default" size="sm" onClick={() => dismiss.mutate(undefined, { onError: failed })}>
              {t("action.cancel")}
            </Button>
          </Group>
        )}
      </Stack>
      <Modal opened={isAsking} onClose={() => setAsking(false)} title={t("updates.insist")}>
        <Stack>
          <div>{t("updates.insistText", { count: conversations })}</div>
          <Group>
            <Button color="red" onClick={() => begin({ moment: "now", isInsisting: true })}>
              {t("updates.insist")}
            </Button>
            <Button variant="default" onClick={() => setAsking(false)}>
              {t("action.cancel")}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </li>
  );
}

function OfferSection({ updates: { offers, running, version, channelProblem } }: { updates: Updates }) {
  const t = useWords();
  const { language } = useLanguage();
  const find = useFindUpdates();
  const begin = useBeginUpdate();
  const upload = useUploadUpdate();
  const { failed } = useNotice();
  const isBusy = running !== null || begin.isPending || upload.isPending || find.isPending;
  const shown = offers.filter(({ problem }) => problem !== "not-there");
  return (
    <Section
      title={t("updates.offers")}
      hint={t("updates.offersHint")}
      isFlush
      actions={
        <Group gap="xs">
          <Button
            leftSection={<IconRefresh size={18} aria-hidden />}
            loading={find.isPending}
            disabled={isBusy}
            onClick={() => find.mutate(undefined, { onError: failed })}
          >
            {t("updates.find")}
          </Button>
          <FileButton onChange={(file) => file !== null && upload.mutate(file, { onError: failed })} accept=".raucb">
            {(props) => (
              <Button
                {...props}
                variant="default"
                leftSection={<IconUpload size={18} aria-hidden />}
                loading={upload.isPending}
                disabled={isBusy}
              >
                {t("updates.upload")}
              </Button>
            )}
          </FileButton>
        </Group>
      }
    >
      <FormError error={upload.error} />
      <ul className={classes["list"]} data-testid="update-offers">
        {channelProblem !== null && (
          <li>
            <Mark icon={IconAlertTriangle} tone="warn">
              {t(`error.update-${channelProblem}`)}
            </Mark>
          </li>
        )}
        {shown.map((offer) => {
          const { value, unit } = formatBytes(offer.bytes, language);
          return (
            <li key={offer.id} data-source={offer.source}>
              <Group justify="space-between">
                <div>
                  {offer.version === null ? offer.name : t("updates.offer", { version: offer.version })}{" "}
                  <span className={classes["soft"]}>
                    {t(`updates.source.${offer.source}`)} · {t(`size.${unit}`, { value })}
                  </span>
                  {offer.problem !== null && <div>{t(`error.update-${offer.problem}`)}</div>}
                  {offer.version === version && <div className={classes["soft"]}>{t("updates.sameVersion")}</div>}
                </div>
                {offer.problem === null && (
                  <Button
                    variant="default"
                    disabled={isBusy}
                    onClick={() => begin.mutate(offer.id, { onError: failed })}
                  >
                    {t("updates.begin")}
                  </Button>
                )}
              </Group>
            </li>
          );
        })}
        {shown.length === 0 && <li className={classes["soft"]}>{t("updates.noOffers")}</li>}
      </ul>
    </Section>
  );
}

function ChannelSection({ updates: { channel } }: { updates: Updates }) {
  const t = useWords();
  const fieldText = useFieldText();
  const save = useSaveChannel();
  const { tell } = useNotice();
  const [address, setAddress] = useState(channel ?? "");
  const code = save.error instanceof ApiError ? save.error.fields["channel"] : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(address, { onSuccess: () => tell(t("updates.channelSaved")) });
  };
  return (
    <Section title={t("updates.channel")} hint={t("updates.channelHint")}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <TextInput
            label={t("updates.address")}
            placeholder="https://"
            value={address}
            error={code === undefined ? undefined : fieldText(code)}
            onChange={(event) => setAddress(event.currentTarget.value)}
          />
          <SaveRow save={save} isToldAbove={code !== undefined} />
        </Stack>
      </form>
    </Section>
  );
}
