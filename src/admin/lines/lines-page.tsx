import { Modal } from "@mantine/core";
import { useState } from "react";
import type { SiteNumber, Trunk } from "../api/client.ts";
import { useDeleteTrunk, useNumbers, useRestoreTrunk, useTrunks } from "../api/lines.ts";
import { useWords } from "../messages/language.tsx";
import { InUseDialog, usedPlaces } from "../parts/in-use.tsx";
import { useNotice, useUndoNotice } from "../parts/notices.tsx";
import { Page } from "../parts/page.tsx";
import { SyntheticCallSection } from "../trunks/synthetic-calls.tsx";
import { TrunkHistorySection } from "../trunks/trunk-history.tsx";
import { LinesTabs } from "./lines-tabs.tsx";
import { DeleteNumber, NumberForm } from "./number-form.tsx";
import { NumberList } from "./number-list.tsx";
import { TrunkAdded, TrunkTestDialog } from "./trunk-dialogs.tsx";
import { TrunkForm } from "./trunk-form.tsx";
import { TrunkList } from "./trunk-list.tsx";

type Dialog =
  | { name: "closed" }
  | { name: "trunk"; trunk: Trunk | null }
  | { name: "trunk-added"; trunk: Trunk }
  | { name: "test"; trunk: Trunk }
  | { name: "number"; number: SiteNumber | null; suggested?: { number?: string; trunkId?: number | null } }
  | { name: "delete-number"; number: SiteNumber };

/** How callers reach the firm: trunks to the telephone companies, and the numbers that come in by them. */
export default function LinesPage() {
  const t = useWords();
  const trunks = useTrunks();
  const numbers = useNumbers();
  const [dialog, setDialog] = useState<Dialog>({ name: "closed" });
  const [kept, setKept] = useState<{ name: string; error: Error } | null>(null);
  const removeTrunk = useRemoveTrunk((name, error) => setKept({ name, error }));
  const close = () => setDialog({ name: "closed" });

  return (
    <Page title={t("nav.lines")}>
      <LinesTabs />
      <TrunkList
        query={trunks}
        add={() => setDialog({ name: "trunk", trunk: null })}
        act={(action, trunk) => {
          if (action === "delete") removeTrunk(trunk);
          else setDialog(action === "edit" ? { name: "trunk", trunk } : { name: "test", trunk });
        }}
      />
      <NumberList
        query={numbers}
        trunks={trunks.data ?? []}
        add={() => setDialog({ name: "number", number: null })}
        addUnknown={({ number, trunkId }) =>
          setDialog({ name: "number", number: null, suggested: { number, trunkId } })
        }
        edit={(number) => setDialog({ name: "number", number })}
        remove={(number) => setDialog({ name: "delete-number", number })}
      />
      <TrunkHistorySection />
      <SyntheticCallSection />
      <Modal
        opened={dialog.name !== "closed"}
        onClose={close}
        title={titleOf(dialog, t)}
        // What was typed is not lost by a touch beside the form.
        closeOnClickOutside={dialog.name !== "trunk" && dialog.name !== "number"}
        size={dialog.name === "trunk" || dialog.name === "test" ? "xl" : "md"}
        closeButtonProps={{ "aria-label": t("action.close") }}
      >
        {dialog.name === "trunk" && (
          <TrunkForm
            trunk={dialog.trunk}
            onSaved={(trunk) => (dialog.trunk === null ? setDialog({ name: "trunk-added", trunk }) : close())}
            onCancel={close}
          />
        )}
        {dialog.name === "trunk-added" && (
          <TrunkAdded
            trunk={dialog.trunk}
            addNumber={() => setDialog({ name: "number", number: null, suggested: { trunkId: dialog.trunk.trunkId } })}
            onDone={close}
          />
        )}
        {dialog.name === "test" && <TrunkTestDialog trunk={dialog.trunk} onDone={close} />}
        {dialog.name === "number" && (
          <NumberForm
            number={dialog.number}
            suggested={dialog.suggested ?? {}}
            trunks={trunks.data ?? []}
            onDone={close}
          />
        )}
        {dialog.name === "delete-number" && <DeleteNumber number={dialog.number} onDone={close} />}
      </Modal>
      <InUseDialog name={kept?.name ?? ""} error={kept?.error ?? null} onClose={() => setKept(null)} />
    </Page>
  );
}

function titleOf(dialog: Dialog, t: ReturnType<typeof useWords>): string {
  switch (dialog.name) {
    case "closed":
      return "";
    case "trunk":
      return dialog.trunk === null ? t("trunk.add") : t("trunk.edit");
    case "trunk-added":
      return t("trunk.add");
    case "test":
      return t("trunkTest.title");
    case "number":
      return dialog.number === null ? t("number.add") : t("number.edit");
    case "delete-number":
      return t("number.delete");
  }
}

/** @param tellUse is told when the trunk stays because something needs it */
function useRemoveTrunk(tellUse: (name: string, error: Error) => void) {
  const t = useWords();
  const remove = useDeleteTrunk();
  const restore = useRestoreTrunk();
  const undoNotice = useUndoNotice();
  const { failed } = useNotice();
  return ({ trunkId, name }: Trunk) =>
    remove.mutate(trunkId, {
      onSuccess: () => undoNotice(t("trunk.deleted", { name }), () => restore.mutateAsync(trunkId)),
      onError: (error) => (usedPlaces(error) === null ? failed(error) : tellUse(name, error)),
    });
}
