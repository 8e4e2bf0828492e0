import { Button, Modal, SegmentedControl, TextInput, UnstyledButton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconPlugConnectedX, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import type { NodeId } from "../../../calls/ids.ts";
import { type FlowContent, nodeOf } from "../../../flows/ivr/document.ts";
import { useWords } from "../../messages/language.tsx";
import { type NodeType, type Place, targetOf } from "./edit-document.ts";
import classes from "./editor.module.css";
import { STEP_GROUPS, STEP_ICONS } from "./step-kinds.ts";
import { useStepWords } from "./step-words.ts";
import type { FlowTree } from "./tree.ts";

interface Props {
  place: Place;
  document: FlowContent;
  tree: FlowTree;
  insert: (type: NodeType) => void;
  /** Null: nowhere. */
  lead: (to: NodeId | null) => void;
  close: () => void;
}

/** Where a branch leads: to a new step, to one that is there, or nowhere. */
export function BranchDialog({ place, document, tree, insert, lead, close }: Props) {
  const t = useWords();
  const words = useStepWords();
  const isNarrow = useMediaQuery("(max-width: 48em)") ?? false;
  const [choice, setChoice] = useState<"new" | "existing">("new");
  const target = targetOf(document, place);
  const from = place === "start" ? undefined : nodeOf(document, place.from);
  const title =
    place === "start" || from === undefined
      ? t("editor.startBranch")
      : `${words.name(place.from, from)} – ${words.branch(from, place.via)}`;
  const follows = nodeOf(document, target) === undefined ? null : words.nameIn(document, target);
  return (
    <Modal
      opened
      onClose={close}
      title={title}
      size={isNarrow ? "100%" : 680}
      fullScreen={isNarrow}
      closeButtonProps={{ "aria-label": t("action.close") }}
      data-testid="branch-dialog"
    >
      <div className={classes["dialog"]}>
        <div className={classes["hint"]}>
          {follows === null ? t("editor.leadsNowhere") : t("editor.leadsTo", { step: follows })}
        </div>
        <SegmentedControl
          fullWidth
          aria-label={t("editor.whereTo")}
          value={choice}
          onChange={(value) => setChoice(value === "existing" ? "existing" : "new")}
          data={[
            { value: "new", label: t("editor.newStep") },
            { value: "existing", label: t("editor.existingStep") },
          ]}
        />
        {choice === "new" ? (
          <>
            {follows !== null && <div className={classes["hint"]}>{t("editor.insertHint", { step: follows })}</div>}
            <Kinds choose={insert} />
          </>
        ) : (
          <Steps document={document} tree={tree} current={target} choose={lead} />
        )}
        {follows !== null && place !== "start" && (
          <Button
            variant="subtle"
            color="red"
            leftSection={<IconPlugConnectedX size={18} aria-hidden />}
            onClick={() => lead(null)}
          >
            {t("editor.disconnect")}
          </Button>
        )}
      </div>
    </Modal>
  );
}

function Kinds({ choose }: { choose: (type: NodeType) => void }) {
  const t = useWords();
  return STEP_GROUPS.map(({ name, types }) => (
    <section key={name} aria-label={t(`stepGroup.${name}`)}>
      <h3 className={classes["groupName"]}>{t(`stepGroup.${name}`)}</h3>
      <div className={classes["kinds"]}>
        {types.map((type) => {
          const Icon = STEP_ICONS[type];
          return (
            <UnstyledButton key={type} className={classes["kind"] ?? ""} data-type={type} onClick={() => choose(type)}>
              <Icon size={20} stroke={1.7} aria-hidden />
              <span>
                <span className={classes["kindName"]}>{t(`step.${type}`)}</span>
                <span className={classes["kindHint"]}>{t(`stepHint.${type}`)}</span>
              </span>
            </UnstyledButton>
          );
        })}
      </div>
    </section>
  ));
}

interface StepsProps {
  document: FlowContent;
  tree: FlowTree;
  current: NodeId;
  choose: (to: NodeId) => void;
}

const MANY = 8;

function Steps({ document, tree, current, choose }: StepsProps) {
  const t = useWords();
  const words = useStepWords();
  const [sought, setSought] = useState("");
  const steps = tree.steps.flatMap(({ id }) => {
    const node = nodeOf(document, id);
    if (node === undefined) return [];
    return [{ id, type: node.type, name: words.name(id, node), summary: words.summary(node) }];
  });
  const found = steps.filter(({ name, summary }) =>
    `${name} ${summary}`.toLowerCase().includes(sought.trim().toLowerCase()),
  );
  return (
    <>
      {steps.length > MANY && (
        <TextInput
          type="search"
          aria-label={t("editor.findStep")}
          placeholder={t("editor.findStep")}
          leftSection={<IconSearch size={18} aria-hidden />}
          value={sought}
          onChange={(event) => setSought(event.currentTarget.value)}
        />
      )}
      <ul className={classes["steps"]}>
        {found.map(({ id, type, name, summary }) => {
          const Icon = STEP_ICONS[type];
          return (
            <li key={id}>
              <UnstyledButton
                className={classes["kind"] ?? ""}
                aria-current={id === current ? "true" : undefined}
                onClick={() => choose(id)}
              >
                <Icon size={20} stroke={1.7} aria-hidden />
                <span>
                  <span className={classes["kindName"]}>{name}</span>
                  {summary !== "" && <span className={classes["kindHint"]}>{summary}</span>}
                </span>
              </UnstyledButton>
            </li>
          );
        })}
      </ul>
      {found.length === 0 && <div className={classes["hint"]}>{t("state.nothingFound")}</div>}
    </>
  );
}
