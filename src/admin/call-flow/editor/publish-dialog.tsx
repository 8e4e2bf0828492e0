import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { IconExclamationCircle } from "@tabler/icons-react";
import { useState } from "react";
import type { NodeId } from "../../../calls/ids.ts";
import { LONGEST_NOTE } from "../../../calls/text-limits.ts";
import type { Finding } from "../../../flows/ivr/check-flow.ts";
import { compareFlows } from "../../../flows/ivr/compare-flows.ts";
import type { FlowContent } from "../../../flows/ivr/document.ts";
import { ApiError } from "../../api/api-error.ts";
import type { FlowRow } from "../../api/client.ts";
import { useFlowVersion, usePublishDraft } from "../../api/flows.ts";
import { useWords } from "../../messages/language.tsx";
import { Callout } from "../../parts/callout.tsx";
import { useNotice } from "../../parts/notices.tsx";
import { FormError } from "../../parts/states.tsx";
import { useFieldText } from "../../parts/use-error-text.ts";
import { ChangeList } from "../versions/change-list.tsx";
import classes from "./editor.module.css";
import { FindingList } from "./finding-list.tsx";
import type { SavedDraft } from "./use-draft.ts";

interface Props {
  flow: FlowRow;
  document: FlowContent;
  findings: readonly Finding[];
  draft: SavedDraft;
  goTo: (id: NodeId) => void;
  close: () => void;
}

/** What callers will meet otherwise than now, what is wrong with it, and a note for later. */
export function PublishDialog({ flow, document, findings, draft, goTo, close }: Props) {
  const t = useWords();
  const { tell } = useNotice();
  const publish = usePublishDraft(flow.flowId);
  const [note, setNote] = useState("");
  const [error, setError] = useState<unknown>(null);
  const fieldText = useFieldText();
  const refusal = error instanceof ApiError ? error.fields["note"] : undefined;
  const errors = findings.filter(({ severity }) => severity === "error");
  const warnings = findings.filter(({ severity }) => severity === "warning");
  const send = async () => {
    setError(null);
    const revision = await draft.flush();
    const { version } = await publish.mutateAsync({ revision, over: flow.version, note: note.trim() });
    draft.restart({ revision: 0, basedOn: version }, document);
    tell(t("flow.published"));
    close();
  };
  return (
    <Modal
      opened
      onClose={close}
      title={t("editor.publishTitle")}
      size="lg"
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <Stack gap="md" data-testid="publish-dialog">
        {errors.length > 0 && (
          <>
            <Callout tone="bad" icon={IconExclamationCircle}>
              {t("editor.hasErrors", { count: errors.length })}
            </Callout>
            <FindingList document={document} findings={errors} goTo={goTo} />
          </>
        )}
        {warnings.length > 0 && (
          <section aria-label={t("editor.warnings")}>
            <h3 className={classes["groupName"]}>{t("editor.warnings")}</h3>
            <FindingList document={document} findings={warnings} goTo={goTo} />
          </section>
        )}
        {flow.version !== null && <Changes flow={flow} version={flow.version} document={document} />}
        <TextInput
          label={t("editor.note")}
          description={t("editor.noteHint")}
          value={note}
          maxLength={LONGEST_NOTE}
          error={refusal === undefined ? undefined : fieldText(refusal)}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <FormError error={refusal === undefined ? error : null} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t("action.cancel")}
          </Button>
          <Button
            disabled={errors.length > 0}
            loading={publish.isPending || draft.state === "saving"}
            onClick={() => void send().catch(setError)}
          >
            {t("editor.publish")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Changes({ flow, version, document }: { flow: FlowRow; version: number; document: FlowContent }) {
  const t = useWords();
  const published = useFlowVersion(flow.flowId, version);
  if (published.data === undefined) return null;
  return (
    <section aria-label={t("editor.changes")}>
      <h3 className={classes["groupName"]}>{t("editor.changes")}</h3>
      <ChangeList
        changes={compareFlows(published.data.document, document)}
        from={published.data.document}
        to={document}
      />
    </section>
  );
}
