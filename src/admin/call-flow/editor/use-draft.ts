import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import type { FlowContent } from "../../../flows/ivr/document.ts";
import { ApiError } from "../../api/api-error.ts";
import { type DraftIdentity, readDraft, saveDraft } from "../../api/flows.ts";

/** `changed-elsewhere`: somebody else has saved this flow since; nothing is saved before one of the two is chosen. */
type SaveState = "saved" | "waiting" | "saving" | "failed" | "changed-elsewhere";

/** So long nothing is changed before it is saved. */
const QUIET_MS = 700;
const AGAIN_MS = 5_000;

interface Kept {
  identity: DraftIdentity;
  document: FlowContent;
  state: SaveState;
}

export interface SavedDraft {
  state: SaveState;
  /** Of the draft as it is kept; 0: there is none. */
  revision: number;
  /** Saves at once what is not saved yet. @throws ApiError */
  flush: () => Promise<number>;
  /** Overwrites what somebody else has saved. */
  keepMine: () => Promise<void>;
  /** What somebody else has saved, instead of what is here. */
  takeTheirs: () => Promise<FlowContent>;
  /** From now on this is what is kept. */
  restart: (identity: DraftIdentity, document: FlowContent) => void;
}

/** Keeps a document as the flow's draft while it is edited, one save after the other. */
export function useDraft(flowId: string, document: FlowContent, loaded: DraftIdentity): SavedDraft {
  const [state, setState] = useState<SaveState>("saved");
  const [revision, setRevision] = useState(loaded.revision);
  const kept = useRef<Kept>({ identity: loaded, document, state: "saved" });
  const newest = useRef(document);
  const saving = useRef<Promise<number>>(Promise.resolve(loaded.revision));
  useEffect(() => {
    newest.current = document;
  }, [document]);

  const show = useCallback((next: SaveState) => {
    kept.current.state = next;
    setState(next);
  }, []);

  const save = useCallback(async (): Promise<number> => {
    const wanted = newest.current;
    if (wanted === kept.current.document) return kept.current.identity.revision;
    show("saving");
    try {
      const answer = await saveDraft(flowId, kept.current.identity, wanted);
      kept.current = { ...kept.current, identity: answer, document: wanted };
      setRevision(answer.revision);
      show(newest.current === wanted ? "saved" : "waiting");
      return answer.revision;
    } catch (error) {
      show(error instanceof ApiError && error.code === "draft-changed" ? "changed-elsewhere" : "failed");
      throw error;
    }
  }, [flowId, show]);

  const flush = useCallback(async () => {
    const next = saving.current.then(save, save);
    saving.current = next;
    return await next;
  }, [save]);

  useEffect(() => {
    if (kept.current.state === "changed-elsewhere") return undefined;
    if (document === kept.current.document) {
      // Undone and done again before it was saved.
      if (kept.current.state === "waiting") show("saved");
      return undefined;
    }
    show("waiting");
    const timer = setTimeout(() => void flush().catch(keptInTheState), QUIET_MS);
    return () => clearTimeout(timer);
  }, [document, flush, show]);

  useEffect(() => {
    if (state !== "failed") return undefined;
    const timer = setInterval(() => void flush().catch(keptInTheState), AGAIN_MS);
    return () => clearInterval(timer);
  }, [state, flush]);

  useUnsaved(kept, newest, flush);

  const keepMine = useCallback(async () => {
    const theirs = await readDraft(flowId);
    kept.current = { ...kept.current, identity: theirs };
    await flush();
  }, [flowId, flush]);

  const restart = useCallback(
    (identity: DraftIdentity, opened: FlowContent) => {
      kept.current = { identity, document: opened, state: "saved" };
      setRevision(identity.revision);
      show("saved");
    },
    [show],
  );

  const takeTheirs = useCallback(async () => {
    const theirs = await readDraft(flowId);
    restart(theirs, theirs.document);
    return theirs.document;
  }, [flowId, restart]);

  return { state, revision, flush, keepMine, takeTheirs, restart };
}

/** What fails is shown by the state; with the next change, or after a while, it is tried again. */
function keptInTheState(): void {}

/** Who leaves the page in between is asked; who goes to another page of the panel is saved for. */
function useUnsaved(kept: RefObject<Kept>, newest: RefObject<FlowContent>, flush: () => Promise<number>): void {
  useEffect(() => {
    const isUnsaved = () => newest.current !== kept.current.document;
    const isInConflict = () => kept.current.state === "changed-elsewhere";
    const ask = (event: BeforeUnloadEvent) => {
      if (isUnsaved()) event.preventDefault();
    };
    window.addEventListener("beforeunload", ask);
    return () => {
      window.removeEventListener("beforeunload", ask);
      if (isUnsaved() && !isInConflict()) flush().catch(reportError);
    };
  }, [kept, newest, flush]);
}
