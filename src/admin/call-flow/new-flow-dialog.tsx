import { Button, Group, Modal, Radio, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { LONGEST_FLOW_NAME } from "../../calls/text-limits.ts";
import { ApiError } from "../api/api-error.ts";
import type { FlowRow, NewFlow } from "../api/client.ts";
import { useAddFlow } from "../api/flows.ts";
import { useWords } from "../messages/language.tsx";
import { FormError } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import { nameOfFlow } from "./name-of-flow.ts";

type Template = Extract<NewFlow, { template: string }>["template"];
// Not from the templates themselves: those bring the whole schema of flows with them.
const TEMPLATES = ["empty", "shop", "clinic", "service", "restaurant"] as const satisfies readonly Template[];

interface Props {
  flows: readonly FlowRow[];
  /** What is chosen to begin with. */
  copyOf?: FlowRow;
  close: () => void;
}

/** A flow from nothing, from a branch of business, or from one that is there. */
export function NewFlowDialog({ flows, copyOf, close }: Props) {
  const t = useWords();
  const [, navigate] = useLocation();
  const add = useAddFlow();
  const fieldText = useFieldText();
  const [name, setName] = useState("");
  const [base, setBase] = useState<string>(copyOf === undefined ? "empty" : `copy ${copyOf.flowId}`);
  const refusal = add.error instanceof ApiError ? add.error.fields["name"] : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const template = TEMPLATES.find((one) => one === base);
    const input =
      template === undefined
        ? { name: name.trim(), copyOf: base.slice("copy ".length) }
        : { name: name.trim(), template };
    add.mutate(input, { onSuccess: ({ flowId }) => navigate(`/call-flow/${flowId}`) });
  };
  return (
    <Modal opened onClose={close} title={t("flows.add")} closeButtonProps={{ "aria-label": t("action.close") }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label={t("flows.name")}
            description={t("flows.nameHint")}
            value={name}
            maxLength={LONGEST_FLOW_NAME}
            error={refusal === undefined ? undefined : fieldText(refusal)}
            data-autofocus
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Radio.Group label={t("flows.beginWith")} value={base} onChange={setBase}>
            <Stack gap="xs" mt="xs">
              {TEMPLATES.map((template) => (
                <Radio
                  key={template}
                  value={template}
                  label={t(`template.${template}`)}
                  description={t(`templateHint.${template}`)}
                />
              ))}
              {flows.map((flow) => (
                <Radio
                  key={flow.flowId}
                  value={`copy ${flow.flowId}`}
                  label={t("flows.copyOf", { name: nameOfFlow(t, flow) })}
                />
              ))}
            </Stack>
          </Radio.Group>
          <FormError error={refusal === undefined ? add.error : null} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t("action.cancel")}
            </Button>
            <Button type="submit" loading={add.isPending} disabled={name.trim() === ""}>
              {t("flows.create")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
