import { ActionIcon, Button, Group, Menu, Modal, Text } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "wouter";
import type { FlowContent } from "../../../flows/ivr/document.ts";
import type { FlowRow } from "../../api/client.ts";
import { useDiscardDraft } from "../../api/flows.ts";
import { useWords } from "../../messages/language.tsx";
import { keptForTheForm } from "../../parts/mutation.ts";
import { FormError } from "../../parts/states.tsx";
import type { SavedDraft } from "./use-draft.ts";

interface Props {
  flow: FlowRow;
  draft: SavedDraft;
  opened: (document: FlowContent) => void;
}

export function FlowMenu({ flow, draft, opened }: Props) {
  const t = useWords();
  const [isDiscarding, setDiscarding] = useState(false);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size="lg" aria-label={t("editor.flowMenu")}>
            <IconDots size={20} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item component={Link} href="/call-flow">
            {t("editor.allFlows")}
          </Menu.Item>
          {flow.version !== null && (
            <Menu.Item color="red" disabled={draft.revision === 0} onClick={() => setDiscarding(true)}>
              {t("editor.discard")}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {isDiscarding && <Discard flow={flow} draft={draft} opened={opened} close={() => setDiscarding(false)} />}
    </>
  );
}

function Discard({ flow, draft, opened, close }: Props & { close: () => void }) {
  const t = useWords();
  const discard = useDiscardDraft(flow.flowId);
  return (
    <Modal opened onClose={close} title={t("editor.discard")} closeButtonProps={{ "aria-label": t("action.close") }}>
      <Text size="sm" mb="md">
        {t("editor.discardText")}
      </Text>
      <FormError error={discard.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          {t("action.cancel")}
        </Button>
        <Button
          color="red"
          loading={discard.isPending}
          onClick={() => {
            discard
              .mutateAsync(draft.revision)
              .then(draft.takeTheirs)
              .then((document) => {
                opened(document);
                close();
              })
              .catch(keptForTheForm);
          }}
        >
          {t("editor.discard")}
        </Button>
      </Group>
    </Modal>
  );
}
