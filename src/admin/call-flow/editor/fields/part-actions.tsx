import { ActionIcon } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconX } from "@tabler/icons-react";
import { useWords } from "../../../messages/language.tsx";
import { move } from "../../hours.ts";
import classes from "../editor.module.css";

interface Props<Part> {
  parts: readonly Part[];
  index: number;
  set: (parts: Part[]) => void;
}

/** Earlier, later, or gone: for one of several parts that stand in an order. */
export function PartActions<Part>({ parts, index, set }: Props<Part>) {
  const t = useWords();
  const number = index + 1;
  return (
    <div className={classes["partActions"]}>
      <ActionIcon
        variant="subtle"
        color="gray"
        disabled={index === 0}
        aria-label={t("stepField.partUp", { number })}
        onClick={() => set(move(parts, index, -1))}
      >
        <IconArrowUp size={18} />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="gray"
        disabled={index === parts.length - 1}
        aria-label={t("stepField.partDown", { number })}
        onClick={() => set(move(parts, index, 1))}
      >
        <IconArrowDown size={18} />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={t("stepField.partRemove", { number })}
        onClick={() => set(parts.filter((_, at) => at !== index))}
      >
        <IconX size={18} />
      </ActionIcon>
    </div>
  );
}
