import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { DialRight } from "../../calls/outgoing.ts";
import { answer, api } from "./client.ts";
import { keys } from "./query-client.ts";

export function useOperators() {
  return useQuery({ queryKey: keys.operators, queryFn: () => answer(api.operators.$get()) });
}

function useRefresh() {
  const client = useQueryClient();
  return async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: keys.operators }),
      client.invalidateQueries({ queryKey: keys.presence }),
    ]);
  };
}

type NewOperator = { name: string; extension: string; mayDial?: DialRight; login?: string; password?: string };

export function useAddOperator() {
  const onSuccess = useRefresh();
  return useMutation({ mutationFn: (json: NewOperator) => answer(api.operators.$post({ json })), onSuccess });
}

export function useChangeOperator() {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: ({
      operatorId,
      change,
    }: {
      operatorId: number;
      change: Partial<NewOperator> & { isEnabled?: boolean };
    }) => answer(api.operators[":id"].$patch({ param: { id: String(operatorId) }, json: change })),
    onSuccess,
  });
}

export function useDeleteOperator() {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: (operatorId: number) => answer(api.operators[":id"].$delete({ param: { id: String(operatorId) } })),
    onSuccess,
  });
}

export function useRestoreOperator() {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: (operatorId: number) =>
      answer(api.operators[":id"].restore.$post({ param: { id: String(operatorId) } })),
    onSuccess,
  });
}

export function useNewPhonePassword() {
  return useMutation({
    mutationFn: (operatorId: number) =>
      answer(api.operators[":id"]["phone-password"].$post({ param: { id: String(operatorId) } })),
  });
}
