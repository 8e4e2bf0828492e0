import { useCallback } from "react";
import { useIntl } from "react-intl";
import { ApiError } from "../api/api-error.ts";
import { formatDuration } from "../format/duration.ts";
import type { MessageKey } from "../messages/language.tsx";

/** What happened and what to do, in words, for anything that a request can end with. */
export function useErrorText(): (error: unknown) => string {
  const intl = useIntl();
  return useCallback(
    (error) => {
      const wanted = error instanceof ApiError ? `error.${error.code}` : "error.unexpected";
      const fallback: MessageKey = "error.unexpected";
      const id = wanted in intl.messages ? wanted : fallback;
      if (!(error instanceof ApiError)) return intl.formatMessage({ id }, { code: "?" });
      const seconds = Number(error.params["retryAfterSeconds"] ?? 60);
      const params = Object.entries(error.params).map(([name, value]) => [name, value === "" ? "–" : value] as const);
      const values = { ...Object.fromEntries(params), code: error.code, wait: formatDuration(seconds) };
      return intl.formatMessage({ id }, values);
    },
    [intl],
  );
}

/** The text under a field for a code from the daemon or from the form itself. */
export function useFieldText(): (code: string) => string {
  const intl = useIntl();
  return useCallback(
    (code) => {
      const wanted = `field.${code}`;
      const fallback: MessageKey = "field.invalid";
      return intl.formatMessage({ id: wanted in intl.messages ? wanted : fallback });
    },
    [intl],
  );
}
