import { Modal } from "@mantine/core";
import { useState } from "react";
import type { SiteNumber, Trunk } from "../api/client.ts";
import { useNumbers, useTrunks } from "../api/lines.ts";
import { useWords } from "../messages/language.tsx";
import { Page } from "../parts/page.tsx";
import { DeleteNumber, NumberForm } from "./number-form.tsx";
import { NumberList } from "./number-list.tsx";
import { TrunkForm } from "./trunk-form.tsx";
import { TrunkList } from "./trunk-list.tsx";

type Dialog =
  | { name: "closed" }
  | { name: "trunk"; trunk: Trunk | null }
  | { name: "number"; number: SiteNumber | null }
  | { name: "delete-number"; number: SiteNumber };

/** How callers reach the firm: trunks to the telephone companies, and the numbers that come in by them. */
export default function LinesPage() {
  const t = useWords();
  const trunks = useTrunks();
  const numbers = useNumbers();
  const [dialog, setDialog] = useState<Dialog>({ name: "closed" });
  const close = () => setDialog({ name: "closed" });

  const titles = {
    closed: "",
    trunk: dialog.name === "trunk" && dialog.trunk !== null ? t("trunk.edit") : t("trunk.add"),
    number: dialog.name === "number" && dialog.number !== null ? t("number.edit") : t("number.add"),
    "delete-number": t("number.delete"),
  };

  return (
    <Page title={t("nav.lines")}>
      <TrunkList
        query={trunks}
        add={() => setDialog({ name: "trunk", trunk: null })}
        edit={(trunk) => setDialog({ name: "trunk", trunk })}
      />
      <NumberList
        query={numbers}
        trunks={trunks.data ?? []}
        add={() => setDialog({ name: "number", number: null })}
        edit={(number) => setDialog({ name: "number", number })}
        remove={(number) => setDialog({ name: "delete-number", number })}
      />
      <Modal
        opened={dialog.name !== "closed"}
        onClose={close}
        title={titles[dialog.name]}
        size={dialog.name === "trunk" ? "lg" : "md"}
        closeButtonProps={{ "aria-label": t("action.close") }}
      >
        {dialog.name === "trunk" && <TrunkForm trunk={dialog.trunk} onDone={close} />}
        {dialog.name === "number" && <NumberForm number={dialog.number} trunks={trunks.data ?? []} onDone={close} />}
        {dialog.name === "delete-number" && <DeleteNumber number={dialog.number} onDone={close} />}
      </Modal>
    </Page>
  );
}
