import { ActionIcon, Button, NativeSelect, UnstyledButton } from "@mantine/core";
import { IconChevronRight, IconPlus, IconX } from "@tabler/icons-react";
import { isDigit } from "../../../calls/digit.ts";
import type { NodeId } from "../../../calls/ids.ts";
import { type FlowNode, nodeOf } from "../../../flows/ivr/document.ts";
import { useWords } from "../../messages/language.tsx";
import { branchesOf, freeKeys } from "./branches.ts";
import { useCanvasLook } from "./canvas-look.ts";
import { addKey, changeKey, removeKey } from "./edit-document.ts";
import classes from "./editor.module.css";
import { useEditor } from "./editor-context.ts";
import { useStepWords } from "./step-words.ts";

/** The branches of a step, each with where it leads. */
export function BranchFields({ id, node }: { id: NodeId; node: FlowNode }) {
  const t = useWords();
  const words = useStepWords();
  const { document } = useCanvasLook();
  const { apply, openBranch, goTo } = useEditor();
  const branches = branchesOf(node);
  const takesKeys = "choices" in node;
  if (branches.length === 0 && !takesKeys) return null;
  const leadsToPerson = takesKeys && node.choices["0"] === undefined;
  return (
    <section aria-label={t("editor.branches")}>
      <h3 className={classes["groupName"]}>{t("editor.branches")}</h3>
      <ul className={classes["branchList"]}>
        {branches.map(({ via, to }) => {
          const target = nodeOf(document, to);
          const name = target === undefined ? t("editor.nowhere") : words.name(to, target);
          return (
            <li key={via} className={classes["branchRow"]} data-via={via} data-testid="branch">
              {takesKeys && isDigit(via) ? (
                <NativeSelect
                  aria-label={t("editor.key", { key: via })}
                  value={via}
                  className={classes["key"]}
                  data={[via, ...freeKeys(node.choices)]}
                  onChange={(event) => {
                    const key = event.currentTarget.value;
                    if (isDigit(key)) apply((before) => changeKey(before, id, via, key));
                  }}
                />
              ) : (
                <span className={classes["branchName"]}>{words.branch(node, via)}</span>
              )}
              <UnstyledButton
                className={classes["target"] ?? ""}
                data-open={target === undefined}
                aria-label={t("editor.branchOf", {
                  branch: words.branch(node, via),
                  step: words.name(id, node),
                  target: name,
                })}
                onClick={() => openBranch({ from: id, via })}
              >
                <span>{name}</span>
              </UnstyledButton>
              <ActionIcon
                variant="subtle"
                color="gray"
                disabled={target === undefined}
                aria-label={t("editor.goToStep", { step: name })}
                onClick={() => goTo(to)}
              >
                <IconChevronRight size={18} />
              </ActionIcon>
              {takesKeys && isDigit(via) && (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={t("editor.removeKey", { key: via })}
                  onClick={() => apply((before) => removeKey(before, id, via))}
                >
                  <IconX size={18} />
                </ActionIcon>
              )}
            </li>
          );
        })}
      </ul>
      {takesKeys && (
        <Button
          size="compact-md"
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden />}
          disabled={freeKeys(node.choices).length === 0}
          onClick={() => apply((before) => addKey(before, id))}
        >
          {t("editor.addKey")}
        </Button>
      )}
      {leadsToPerson && <p className={classes["hint"]}>{t("menu.zero")}</p>}
    </section>
  );
}
