import { Modal, NativeSelect, Stack } from "@mantine/core";
import { useState } from "react";
import { compareFlows } from "../../../flows/ivr/compare-flows.ts";
import type { FlowContent } from "../../../flows/ivr/document.ts";
import type { FlowVersionRow } from "../../api/client.ts";
import { useFlowVersion } from "../../api/flows.ts";
import { useWords } from "../../messages/language.tsx";
import { Lines } from "../../parts/states.tsx";
import { ChangeList } from "./change-list.tsx";

interface Props {
  flowId: string;
  version: number;
  versions: readonly FlowVersionRow[];
  /** As it stands in the editor. */
  document: FlowContent;
  close: () => void;
}

const DRAFT = "draft";

/** From one version to another, or to what is being drawn. */
export function CompareDialog({ flowId, version, versions, document, close }: Props) {
  const t = useWords();
  const [to, setTo] = useState(DRAFT);
  const before = useFlowVersion(flowId, version);
  const after = useFlowVersion(flowId, to === DRAFT ? null : Number(to));
  const later = to === DRAFT ? document : after.data?.document;
  return (
    <Modal
      opened
      onClose={close}
      size="lg"
      title={t("versions.compareWith", { version })}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <Stack gap="md">
        <NativeSelect
          label={t("versions.compareTo")}
          value={to}
          data={[
            { value: DRAFT, label: t("versions.draft") },
            ...versions
              .filter((one) => one.version !== version)
              .map((one) => ({ value: String(one.version), label: t("versions.number", { version: one.version }) })),
          ]}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        {before.data === undefined || later === undefined ? (
          <Lines count={3} />
        ) : (
          <ChangeList changes={compareFlows(before.data.document, later)} from={before.data.document} to={later} />
        )}
      </Stack>
    </Modal>
  );
}
