import { Button, Group, Modal, Text } from "@mantine/core";
import { useState } from "react";
import type { FlowContent } from "../../../flows/ivr/document.ts";
import type { FlowRow, FlowVersionRow } from "../../api/client.ts";
import { type DraftIdentity, readDraft, useFlowVersions, useRollBack } from "../../api/flows.ts";
import { useWords } from "../../messages/language.tsx";
import { useNotice } from "../../parts/notices.tsx";
import { Section } from "../../parts/page.tsx";
import { FormError, Loaded } from "../../parts/states.tsx";
import { useSiteTime } from "../../parts/use-site-time.ts";
import { CompareDialog } from "./compare-dialog.tsx";
import classes from "./versions.module.css";

interface Props {
  flow: FlowRow;
  document: FlowContent;
  /** What the editor goes on with after a roll back. */
  opened: (document: FlowContent, identity: DraftIdentity) => void;
}

/** All that callers have met in this flow, the newest first. */
export default function VersionsView({ flow, document, opened }: Props) {
  const t = useWords();
  const versions = useFlowVersions(flow.flowId);
  const [compared, setCompared] = useState<number | null>(null);
  const [rolledBackTo, setRolledBackTo] = useState<number | null>(null);
  return (
    <Section title={t("versions.title")} hint={t("versions.hint")} isFlush>
      <Loaded query={versions}>
        {(list) =>
          list.length === 0 ? (
            <p className={`${classes["hint"]} ${classes["none"]}`}>{t("versions.none")}</p>
          ) : (
            <ol className={classes["versions"]} data-testid="versions">
              {list.map((version) => (
                <Version
                  key={version.version}
                  version={version}
                  compare={() => setCompared(version.version)}
                  rollBack={() => setRolledBackTo(version.version)}
                />
              ))}
            </ol>
          )
        }
      </Loaded>
      {compared !== null && (
        <CompareDialog
          flowId={flow.flowId}
          version={compared}
          versions={versions.data ?? []}
          document={document}
          close={() => setCompared(null)}
        />
      )}
      {rolledBackTo !== null && (
        <RollBackDialog flow={flow} version={rolledBackTo} opened={opened} close={() => setRolledBackTo(null)} />
      )}
    </Section>
  );
}

interface VersionProps {
  version: FlowVersionRow;
  compare: () => void;
  rollBack: () => void;
}

function Version({ version: row, compare, rollBack }: VersionProps) {
  const t = useWords();
  const { dayName, clock } = useSiteTime();
  const { version, publishedAt, publishedBy, note, isCurrent, isCustom, rolledBackFrom } = row;
  return (
    <li className={classes["version"]} data-testid="version" data-version={version}>
      <span className={classes["number"]}>{version}</span>
      <div className={classes["about"]}>
        <div>
          {dayName(publishedAt)}, {clock(publishedAt)}
          {publishedBy !== null && (
            <>
              {" · "}
              <bdi>{publishedBy}</bdi>
            </>
          )}
          {isCurrent && <strong> · {t("versions.current")}</strong>}
        </div>
        <div className={classes["note"]}>
          {rolledBackFrom !== null && <span>{t("versions.rolledBack", { version: rolledBackFrom })} </span>}
          {!isCustom && <span>{t("versions.simple")} </span>}
          {note !== null && <bdi>{note}</bdi>}
        </div>
      </div>
      <div className={classes["actions"]}>
        <Button
          variant="default"
          size="compact-md"
          aria-label={t("versions.compareWith", { version })}
          onClick={compare}
        >
          {t("versions.compare")}
        </Button>
        {!isCurrent && (
          <Button
            variant="default"
            size="compact-md"
            aria-label={t("versions.rollBackTo", { version })}
            onClick={rollBack}
          >
            {t("versions.rollBack")}
          </Button>
        )}
      </div>
    </li>
  );
}

interface RollBackProps extends Pick<Props, "flow" | "opened"> {
  version: number;
  close: () => void;
}

function RollBackDialog({ flow, version, opened, close }: RollBackProps) {
  const t = useWords();
  const rollBack = useRollBack(flow.flowId);
  const { tell } = useNotice();
  const [error, setError] = useState<unknown>(null);
  const go = async () => {
    setError(null);
    await rollBack.mutateAsync(version);
    const draft = await readDraft(flow.flowId);
    opened(draft.document, draft);
    tell(t("flow.published"));
    close();
  };
  return (
    <Modal
      opened
      onClose={close}
      title={t("versions.rollBackTo", { version })}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <Text size="sm" mb="md">
        {t(flow.hasDraft ? "versions.rollBackDraftText" : "versions.rollBackText")}
      </Text>
      <FormError error={error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          {t("action.cancel")}
        </Button>
        <Button loading={rollBack.isPending} onClick={() => void go().catch(setError)}>
          {t("versions.rollBack")}
        </Button>
      </Group>
    </Modal>
  );
}
