import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import type { Language } from "../../calls/language.ts";
import { ApiError } from "./api-error.ts";
import { answer, api, type Session, type SetupInput, type Status } from "./client.ts";
import { keys } from "./query-client.ts";

const SOON_MS = 3_000;
const USUALLY_MS = 30_000;

export function useStatus() {
  return useQuery({
    queryKey: keys.status,
    queryFn: () => answer(api.status.$get()),
    // Before the sign-in there is no stream that would tell.
    refetchInterval: ({ state }) => (state.data?.database.connected === false ? SOON_MS : USUALLY_MS),
  });
}

/** The session, or null when nobody is signed in. */
export function useSessionQuery(isEnabled: boolean) {
  return useQuery({
    queryKey: keys.session,
    enabled: isEnabled,
    staleTime: Number.POSITIVE_INFINITY,
    // The database was away when the page was opened: it may be back.
    refetchInterval: ({ state }) => (state.status === "error" ? SOON_MS : false),
    queryFn: async (): Promise<Session | null> => {
      try {
        return await answer(api.session.$get());
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
  });
}

export const SessionContext = createContext<Session | null>(null);

/** Who is signed in; only for what is shown behind the sign-in page. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("useSession outside of a session");
  return session;
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: { login: string; password: string }) => answer(api.session.$post({ json })),
    onSuccess: (session) => client.setQueryData(keys.session, session),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.session.$delete()),
    onSuccess: () => {
      client.setQueryData(keys.session, null);
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" && queryKey[0] !== "status" });
    },
  });
}

export function useChangeOwnLanguage() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (language: Language) => answer(api.session.$patch({ json: { language } })),
    onSuccess: (session) => client.setQueryData(keys.session, session),
  });
}

export function useChangeOwnPassword() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: { current: string; password: string }) => answer(api.session.password.$put({ json })),
    onSuccess: (session) => client.setQueryData(keys.session, session),
  });
}

export function useSetup() {
  return useMutation({ mutationFn: (json: SetupInput) => answer(api.setup.$post({ json })) });
}

/** After the first start: the set-up admin is signed in, so both status and session are asked again. */
export function useFinishSetup() {
  const client = useQueryClient();
  return async () => {
    client.setQueryData<Status>(keys.status, (status) => status && { ...status, needsSetup: false });
    await client.invalidateQueries({ queryKey: keys.status });
    await client.invalidateQueries({ queryKey: keys.session });
  };
}
