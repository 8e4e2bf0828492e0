import { ActionIcon, Button, Group, Menu, Modal, Text, TextInput } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useDropPrompt, useRenamePrompt } from "../api/settings.ts";
import { useWords } from "../messages/language.tsx";
import { FormError } from "../parts/states.tsx";

interface Props {
  name: string;
  title: string;
}

/** What can be done with a prompt that the owner has added. */
export function OwnPromptMenu({ name, title }: Props) {
  const t = useWords();
  const [act, setAct] = useState<"rename" | "drop" | null>(null);
  const close = () => setAct(null);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("flows.more", { name: title })}>
            <IconDots size={20} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setAct("rename")}>{t("flows.rename")}</Menu.Item>
          <Menu.Item color="red" onClick={() => setAct("drop")}>
            {t("action.delete")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {act === "rename" && <RenameDialog name={name} title={title} close={close} />}
      {act === "drop" && <DropDialog name={name} title={title} close={close} />}
    </>
  );
}

function RenameDialog({ name, title, close }: Props & { close: () => void }) {
  const t = useWords();
  const rename = useRenamePrompt();
  const [typed, setTyped] = useState(title);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    rename.mutate({ name, title: typed.trim() }, { onSuccess: close });
  };
  return (
    <Modal opened onClose={close} title={t("flows.rename")} closeButtonProps={{ "aria-label": t("action.close") }}>
      <form onSubmit={submit}>
        <TextInput
          label={t("promptField.title")}
          description={t("promptField.titleHint")}
          value={typed}
          maxLength={80}
          data-autofocus
          onChange={(event) => setTyped(event.currentTarget.value)}
          mb="md"
        />
        <FormError error={rename.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={rename.isPending} disabled={typed.trim() === ""}>
            {t("action.save")}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}

function DropDialog({ name, title, close }: Props & { close: () => void }) {
  const t = useWords();
  const drop = useDropPrompt();
  return (
    <Modal
      opened
      onClose={close}
      title={t("flows.deleteTitle", { name: title })}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <Text size="sm" mb="md">
        {t("promptField.deleteText")}
      </Text>
      <FormError error={drop.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          {t("action.cancel")}
        </Button>
        <Button color="red" loading={drop.isPending} onClick={() => drop.mutate(name, { onSuccess: close })}>
          {t("action.delete")}
        </Button>
      </Group>
    </Modal>
  );
}
