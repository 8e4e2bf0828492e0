import { ActionIcon, Button, Menu, Modal, Stack, Text } from "@mantine/core";
import { IconDots, IconKey, IconPencil, IconPlus, IconTrash, IconUsers } from "@tabler/icons-react";
import { useState } from "react";
import { usePresence } from "../api/calls.ts";
import type { Operator, PhoneSettings, Presence } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { useDeleteOperator, useNewPhonePassword, useOperators, useRestoreOperator } from "../api/team.ts";
import { PresenceMark } from "../live/presence-list.tsx";
import { useWords } from "../messages/language.tsx";
import { InUseDialog, usedPlaces } from "../parts/in-use.tsx";
import { useNotice, useUndoNotice } from "../parts/notices.tsx";
import { Page } from "../parts/page.tsx";
import page from "../parts/parts.module.css";
import { PhoneCard, ShownOnce } from "../parts/phone-settings.tsx";
import { Empty, FormError, Lines, Loaded } from "../parts/states.tsx";
import { OperatorForm } from "./operator-form.tsx";
import classes from "./team.module.css";

type Dialog =
  | { name: "closed" }
  | { name: "form"; operator: Operator | null }
  | { name: "new-password"; operator: Operator }
  | { name: "phone"; operator: Operator; phone: PhoneSettings };

export default function TeamPage() {
  const t = useWords();
  const isAdmin = useSession().role === "admin";
  const query = useOperators();
  const presence = usePresence();
  const [dialog, setDialog] = useState<Dialog>({ name: "closed" });
  const [kept, setKept] = useState<{ name: string; error: Error } | null>(null);
  const remove = useRemove((name, error) => setKept({ name, error }));
  const close = () => setDialog({ name: "closed" });
  const add = () => setDialog({ name: "form", operator: null });

  return (
    <Page
      title={t("nav.team")}
      actions={
        isAdmin && (
          <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={add}>
            {t("team.add")}
          </Button>
        )
      }
    >
      <div className={`${page["section"]} ${page["sectionFlush"]}`}>
        <Loaded query={query} skeleton={<Lines count={4} height={28} />}>
          {(operators) =>
            operators.length === 0 ? (
              <Empty icon={IconUsers} title={t("team.none")} text={t("team.noneText")} />
            ) : (
              <ul className={classes["list"]} data-testid="operators">
                {operators.map((operator) => (
                  <Row
                    key={operator.operatorId}
                    operator={operator}
                    presence={presence.data?.find(({ operatorId }) => operatorId === operator.operatorId)}
                    isAdmin={isAdmin}
                    open={setDialog}
                    remove={remove}
                  />
                ))}
              </ul>
            )
          }
        </Loaded>
      </div>
      <Modal
        opened={dialog.name !== "closed"}
        onClose={close}
        title={titleOf(dialog, t)}
        closeOnClickOutside={dialog.name !== "phone"}
        closeButtonProps={{ "aria-label": t("action.close") }}
      >
        {dialog.name === "form" && (
          <OperatorForm
            operator={dialog.operator}
            onSaved={(operator, phone) => (phone === null ? close() : setDialog({ name: "phone", operator, phone }))}
            onCancel={close}
          />
        )}
        {dialog.name === "new-password" && (
          <NewPassword
            operator={dialog.operator}
            onDone={(phone) => setDialog({ name: "phone", operator: dialog.operator, phone })}
            onCancel={close}
          />
        )}
        {dialog.name === "phone" && (
          <Stack>
            <ShownOnce />
            <PhoneCard name={dialog.operator.name} extension={dialog.operator.extension} phone={dialog.phone} />
            <Button onClick={close}>{t("phone.noted")}</Button>
          </Stack>
        )}
      </Modal>
      <InUseDialog name={kept?.name ?? ""} error={kept?.error ?? null} onClose={() => setKept(null)} />
    </Page>
  );
}

function titleOf(dialog: Dialog, t: ReturnType<typeof useWords>): string {
  if (dialog.name === "form") return dialog.operator === null ? t("team.add") : t("team.edit");
  if (dialog.name === "new-password") return t("team.newPassword");
  return t("phone.title");
}

/** @param tellUse is told when the operator stays because a call flow needs them */
function useRemove(tellUse: (name: string, error: Error) => void) {
  const t = useWords();
  const remove = useDeleteOperator();
  const restore = useRestoreOperator();
  const undoNotice = useUndoNotice();
  const { failed } = useNotice();
  return ({ operatorId, name }: Operator) =>
    remove.mutate(operatorId, {
      onSuccess: () => undoNotice(t("team.deleted", { name }), () => restore.mutateAsync(operatorId)),
      onError: (error) => (usedPlaces(error) === null ? failed(error) : tellUse(name, error)),
    });
}

interface RowProps {
  operator: Operator;
  presence: Presence | undefined;
  isAdmin: boolean;
  open: (dialog: Dialog) => void;
  remove: (operator: Operator) => void;
}

function Row({ operator, presence, isAdmin, open, remove }: RowProps) {
  const t = useWords();
  return (
    <li className={classes["row"]} data-testid="operator" data-extension={operator.extension}>
      <div className={classes["who"]}>
        <div className={classes["name"]} title={operator.name}>
          <bdi>{operator.name}</bdi>
        </div>
        <div className={classes["soft"]}>{t("team.extension", { extension: operator.extension })}</div>
      </div>
      <div>
        {!operator.isEnabled ? (
          <span className={classes["soft"]}>{t("team.disabled")}</span>
        ) : (
          presence !== undefined && <PresenceMark presence={presence} />
        )}
      </div>
      {isAdmin && (
        <>
          <div className={classes["soft"]}>
            {operator.login === null ? t("team.noLogin") : t("team.login", { login: operator.login })}
          </div>
          <div className={classes["actions"]}>
            <Menu position="bottom-end" shadow="md">
              <Menu.Target>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="lg"
                  aria-label={t("team.actions", { name: operator.name })}
                >
                  <IconDots size={20} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item
                  leftSection={<IconPencil size={17} aria-hidden />}
                  onClick={() => open({ name: "form", operator })}
                >
                  {t("action.edit")}
                </Menu.Item>
                <Menu.Item
                  leftSection={<IconKey size={17} aria-hidden />}
                  onClick={() => open({ name: "new-password", operator })}
                >
                  {t("team.newPassword")}
                </Menu.Item>
                <Menu.Item
                  color="red"
                  leftSection={<IconTrash size={17} aria-hidden />}
                  onClick={() => remove(operator)}
                >
                  {t("action.delete")}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </div>
        </>
      )}
    </li>
  );
}

interface NewPasswordProps {
  operator: Operator;
  onDone: (phone: PhoneSettings) => void;
  onCancel: () => void;
}

function NewPassword({ operator, onDone, onCancel }: NewPasswordProps) {
  const t = useWords();
  const renew = useNewPhonePassword();
  return (
    <Stack>
      <Text>{t("team.newPasswordText", { name: operator.name })}</Text>
      <FormError error={renew.error} />
      <div className={classes["actions"]}>
        <Button variant="default" onClick={onCancel}>
          {t("action.cancel")}
        </Button>
        <Button
          loading={renew.isPending}
          onClick={() => renew.mutate(operator.operatorId, { onSuccess: ({ phone }) => onDone(phone) })}
        >
          {t("team.newPasswordConfirm")}
        </Button>
      </div>
    </Stack>
  );
}
