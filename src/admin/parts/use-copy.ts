import { useEffect, useState } from "react";

const SHOWN_MS = 2_000;

/** Copies text; `isCopied` is true for a moment after it worked. */
export function useCopy(): { isCopied: boolean; copy: (text: string) => void } {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = (text: string) => {
    writeToClipboard(text).then(setCopied, () => setCopied(copyBySelection(text)));
  };
  return { isCopied, copy };
}

/** The box is often reached by plain http in the firm's own network; browsers offer the clipboard only on secure pages. */
async function writeToClipboard(text: string): Promise<boolean> {
  if (!window.isSecureContext) return copyBySelection(text);
  await navigator.clipboard.writeText(text);
  return true;
}

function copyBySelection(text: string): boolean {
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  field.style.opacity = "0";
  // Inside an open dialog, or its focus trap takes the focus away before the copy.
  const place = document.querySelector("[role='dialog']") ?? document.body;
  const before = document.activeElement;
  place.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return isCopied;
}
