import { Button, Group } from "@mantine/core";
import { useWords } from "../messages/language.tsx";
import { FormError } from "./states.tsx";

interface Props {
  save: { error: unknown; isPending: boolean };
  /** The fields themselves say what is wrong. */
  isToldAbove?: boolean;
  justify?: "flex-end";
}

/** The end of a form: what is wrong with it as a whole, and Save. */
export function SaveRow({ save, isToldAbove = false, justify }: Props) {
  const t = useWords();
  return (
    <>
      {!isToldAbove && <FormError error={save.error} />}
      <Group {...(justify && { justify })}>
        <Button type="submit" loading={save.isPending}>
          {t("action.save")}
        </Button>
      </Group>
    </>
  );
}
