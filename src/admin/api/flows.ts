import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { CheckContext } from "../../flows/ivr/check-flow.ts";
import type { FlowContent } from "../../flows/ivr/document.ts";
import { answer, api, type LookUpTrial, type NewFlow } from "./client.ts";
import { keys } from "./query-client.ts";

export function useFlows() {
  return useQuery({ queryKey: keys.flows, queryFn: () => answer(api.flows.$get()), select: ({ flows }) => flows });
}

function useRefreshFlows() {
  const client = useQueryClient();
  return async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: keys.flows }),
      client.invalidateQueries({ queryKey: keys.flow }),
      client.invalidateQueries({ queryKey: keys.today }),
    ]);
  };
}

export function useAddFlow() {
  const onSuccess = useRefreshFlows();
  return useMutation({ mutationFn: (json: NewFlow) => answer(api.flows.$post({ json })), onSuccess });
}

export function useRenameFlow() {
  const onSuccess = useRefreshFlows();
  return useMutation({
    mutationFn: ({ flowId, name }: { flowId: string; name: string }) =>
      answer(api.flows[":id"].$patch({ param: { id: flowId }, json: { name } })),
    onSuccess,
  });
}

export function useDeleteFlow() {
  const onSuccess = useRefreshFlows();
  return useMutation({
    mutationFn: (flowId: string) => answer(api.flows[":id"].$delete({ param: { id: flowId } })),
    onSuccess,
  });
}

/** What `checkFlow` has to know of the site, so that it can run while somebody edits. */
export function useFlowContext(flowId: string) {
  return useQuery({
    queryKey: keys.flowContext(flowId),
    // Hours, people and lines may have been changed on the page before.
    staleTime: 0,
    // JSON leaves out the languages that a prompt lacks, and so does the context.
    queryFn: async () => (await answer(api.flows[":id"].context.$get({ param: { id: flowId } }))) as CheckContext,
  });
}

/** Asked for once, when the editor opens: from then on the editor knows better. */
export function useFlowDraft(flowId: string) {
  return useQuery({
    queryKey: keys.flowDraft(flowId),
    queryFn: () => readDraft(flowId),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
}

export async function readDraft(flowId: string) {
  const draft = await answer(api.flows[":id"].draft.$get({ param: { id: flowId } }));
  return { ...draft, document: asContent(draft.document) };
}

/** JSON says of a key that leads nowhere that it is not there, and so does the document. */
function asContent(document: unknown): FlowContent {
  return document as FlowContent;
}

/** Which draft it is; revision 0: there is none, and `basedOn` is the published version, if there is one. */
export interface DraftIdentity {
  revision: number;
  basedOn: number | null;
}

export async function saveDraft(flowId: string, { revision, basedOn }: DraftIdentity, document: FlowContent) {
  return await answer(api.flows[":id"].draft.$put({ param: { id: flowId }, json: { revision, basedOn, document } }));
}

export function useDiscardDraft(flowId: string) {
  const onSuccess = useRefreshFlows();
  return useMutation({
    mutationFn: (revision: number) =>
      answer(api.flows[":id"].draft.$delete({ param: { id: flowId }, query: { revision: String(revision) } })),
    onSuccess,
  });
}

/** `over`: the version that the draft was compared with. Refused, it is to be compared with what is published by now. */
export function usePublishDraft(flowId: string) {
  const onSettled = useRefreshFlows();
  return useMutation({
    mutationFn: ({ note, ...json }: { revision: number; over: number | null; note: string }) =>
      answer(
        api.flows[":id"].publish.$post({ param: { id: flowId }, json: { ...json, ...(note === "" ? {} : { note }) } }),
      ),
    onSettled,
  });
}

export function useFlowVersions(flowId: string) {
  return useQuery({
    queryKey: keys.flowVersions(flowId),
    queryFn: () => answer(api.flows[":id"].versions.$get({ param: { id: flowId } })),
    select: ({ versions }) => versions,
  });
}

export async function readVersion(flowId: string, version: number) {
  const found = await answer(
    api.flows[":id"].versions[":version"].$get({ param: { id: flowId, version: String(version) } }),
  );
  return { ...found, document: asContent(found.document) };
}

export function useFlowVersion(flowId: string, version: number | null) {
  return useQuery({
    queryKey: keys.flowVersion(flowId, version ?? 0),
    queryFn: () => readVersion(flowId, version ?? 0),
    enabled: version !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useRollBack(flowId: string) {
  const onSuccess = useRefreshFlows();
  return useMutation({
    mutationFn: (version: number) =>
      answer(api.flows[":id"]["roll-back"].$post({ param: { id: flowId }, json: { version } })),
    onSuccess,
  });
}

/** `from`, `to`: days in the site's zone, both inclusive. `version` empty: calls of every version. */
export function useFlowLosses(flowId: string, from: string, to: string, version: string) {
  return useQuery({
    queryKey: keys.flowLosses(flowId, from, to, version),
    queryFn: ({ signal }) =>
      answer(
        api.flows[":id"].losses.$get(
          { param: { id: flowId }, query: { from, to, ...(version === "" ? {} : { version }) } },
          { init: { signal } },
        ),
      ),
    placeholderData: (previous) => previous,
  });
}

/** Asks the owner's server as a call would. */
export async function tryLookUp(json: LookUpTrial) {
  return await answer(api.flows["look-up"].$post({ json }));
}

export function useTryLookUp() {
  return useMutation({ mutationFn: tryLookUp });
}

/** What the voice would say. */
export function speechUrl(language: string, text: string): string {
  return `/api/flows/speech?${new URLSearchParams({ language, text }).toString()}`;
}
