import { TextInput, type TextInputProps } from "@mantine/core";
import { readTimeOfDay } from "../format/time-of-day.ts";

interface Props extends Pick<TextInputProps, "label" | "aria-label" | "error"> {
  value: string;
  onChange: (time: string) => void;
}

/** Takes times as people type them (`9`, `930`) and writes them out when left. Not the browser's field: that one may ask for AM and PM. */
export function TimeField({ value, onChange, ...names }: Props) {
  return (
    <TextInput
      {...names}
      value={value}
      inputMode="numeric"
      maxLength={5}
      placeholder="09:00"
      classNames={{ input: "numeric" }}
      onChange={(event) => onChange(event.currentTarget.value)}
      onBlur={() => {
        const time = readTimeOfDay(value);
        if (time !== null && time !== value) onChange(time);
      }}
    />
  );
}
