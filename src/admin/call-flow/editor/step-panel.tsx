import { ActionIcon, Menu, TextInput } from "@mantine/core";
import { IconDots, IconTrash, IconX } from "@tabler/icons-react";
import type { NodeId } from "../../../calls/ids.ts";
import type { FlowNode } from "../../../flows/ivr/document.ts";
import { useWords } from "../../messages/language.tsx";
import { BranchFields } from "./branch-fields.tsx";
import { useCanvasLook } from "./canvas-look.ts";
import { canRemove, change, onlyThrough, remove, removeWithRest } from "./edit-document.ts";
import classes from "./editor.module.css";
import { useEditor } from "./editor-context.ts";
import { StepFields } from "./fields/step-fields.tsx";
import { FindingList } from "./finding-list.tsx";
import { STEP_ICONS } from "./step-kinds.ts";

/** One step with all that can be said of it. */
export function StepPanel({ id, node }: { id: NodeId; node: FlowNode }) {
  const t = useWords();
  const { document } = useCanvasLook();
  const { apply, findings } = useEditor();
  const own = findings.filter((finding) => finding.node === id);
  const Icon = STEP_ICONS[node.type];
  const edit = (part: object, field: string) =>
    apply((before) => change(before, id, (one): FlowNode => ({ ...one, ...part })), `${id} ${field}`);
  return (
    <div className={classes["panel"]} data-testid="step-panel" data-step-open={id}>
      <div className={classes["panelHead"]}>
        <Icon size={20} stroke={1.7} aria-hidden />
        <h2 className={classes["panelTitle"]}>{t(`step.${node.type}`)}</h2>
        <StepMenu id={id} />
        <CloseButton />
      </div>
      <p className={classes["hint"]}>{t(`stepHint.${node.type}`)}</p>
      {own.length > 0 && <FindingList document={document} findings={own} />}
      <TextInput
        label={t("stepField.name")}
        placeholder={t(`step.${node.type}`)}
        value={node.name ?? ""}
        maxLength={80}
        onChange={(event) => {
          const name = event.currentTarget.value;
          edit({ name: name === "" ? null : name }, "name");
        }}
      />
      <StepFields node={node} edit={edit} />
      <BranchFields id={id} node={node} />
    </div>
  );
}

function CloseButton() {
  const t = useWords();
  const { close } = useEditor();
  return (
    <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("action.close")} onClick={close}>
      <IconX size={20} />
    </ActionIcon>
  );
}

function StepMenu({ id }: { id: NodeId }) {
  const t = useWords();
  const { document } = useCanvasLook();
  const { apply } = useEditor();
  const rest = onlyThrough(document, id).length - 1;
  const isOperators = id === document.operators;
  const isStart = id === document.start;
  const removesRest = rest > 0 && !isStart && !onlyThrough(document, id).includes(document.operators);
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("editor.more")}>
          <IconDots size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item disabled={isOperators} onClick={() => apply((before) => ({ ...before, operators: id }))}>
          {t("editor.makeOperators")}
        </Menu.Item>
        <Menu.Item disabled={isStart} onClick={() => apply((before) => ({ ...before, start: id }))}>
          {t("editor.makeStart")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          color="red"
          leftSection={<IconTrash size={16} aria-hidden />}
          disabled={!canRemove(document, id)}
          onClick={() => apply((before) => remove(before, id))}
        >
          {t("editor.remove")}
        </Menu.Item>
        {removesRest && (
          <Menu.Item
            color="red"
            leftSection={<IconTrash size={16} aria-hidden />}
            onClick={() => apply((before) => removeWithRest(before, id))}
          >
            {t("editor.removeWithRest", { count: rest })}
          </Menu.Item>
        )}
        {isOperators && <Menu.Label>{t("editor.operatorsStay")}</Menu.Label>}
      </Menu.Dropdown>
    </Menu>
  );
}
