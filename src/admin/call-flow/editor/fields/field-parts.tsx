import { NumberInput, TextInput } from "@mantine/core";
import type { FlowNode, NodeOf } from "../../../../flows/ivr/document.ts";
import { useWords } from "../../../messages/language.tsx";

/** `field`: changes of the same field are undone together. */
export interface FieldsProps<Type extends FlowNode["type"]> {
  node: NodeOf<Type>;
  edit: (part: Partial<NodeOf<Type>>, field: string) => void;
}

interface NumberProps {
  label: string;
  hint?: string;
  value: number;
  min: number;
  max: number;
  onChange: (value: number) => void;
}

/** Only numbers that are allowed leave the field. */
export function NumberField({ label, hint, value, min, max, onChange }: NumberProps) {
  return (
    <NumberInput
      label={label}
      description={hint}
      value={value}
      min={min}
      max={max}
      clampBehavior="blur"
      allowDecimal={false}
      onChange={(typed) => {
        if (typeof typed === "number" && typed >= min && typed <= max && typed !== value) onChange(typed);
      }}
    />
  );
}

/** Milliseconds, shown as seconds. */
export function ThinkField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: number;
  onChange: (ms: number) => void;
}) {
  return (
    <NumberField
      label={label}
      value={Math.round(value / 1000)}
      min={1}
      max={60}
      onChange={(seconds) => onChange(seconds * 1000)}
    />
  );
}

export function RepeatsField({ value, onChange }: { value: number; onChange: (repeats: number) => void }) {
  const t = useWords();
  return (
    <NumberField
      label={t("stepField.repeats")}
      hint={t("stepField.repeatsHint")}
      value={value}
      min={0}
      max={5}
      onChange={onChange}
    />
  );
}

/** A word in Latin letters by which later steps know a value. */
export function VariableField({
  label,
  hint,
  value,
  onChange,
}: {
  label: string;
  hint?: string;
  value: string;
  onChange: (name: string) => void;
}) {
  return (
    <TextInput
      label={label}
      description={hint}
      value={value}
      maxLength={31}
      spellCheck={false}
      autoCapitalize="off"
      placeholder="order"
      onChange={(event) => onChange(variableName(event.currentTarget.value))}
    />
  );
}

function variableName(typed: string): string {
  return typed
    .toLowerCase()
    .replace(/[ -]/g, "_")
    .replace(/[^a-z0-9_]/g, "")
    .replace(/^[^a-z]+/, "");
}
