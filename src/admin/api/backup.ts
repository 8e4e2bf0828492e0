import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type BackupInput, type BackupPlace } from "./client.ts";
import { keys } from "./query-client.ts";

const WHILE_RUNNING_MS = 1_000;
/** Somebody looks at the panel while they plug a disk in. */
const LOOK_FOR_DISKS_MS = 3_000;

export function useBackup() {
  return useQuery({
    queryKey: keys.backup,
    queryFn: () => answer(api.backup.$get()),
    refetchInterval: (query) => ((query.state.data?.running ?? null) === null ? false : WHILE_RUNNING_MS),
  });
}

function useRefreshBackup() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: keys.backup });
}

export function useSaveBackup() {
  const onSuccess = useRefreshBackup();
  return useMutation({ mutationFn: (json: BackupInput) => answer(api.backup.$put({ json })), onSuccess });
}

export function useRunBackup() {
  const onSuccess = useRefreshBackup();
  return useMutation({
    mutationFn: (kind: "backup" | "drill") => answer(api.backup.run.$post({ json: { kind } })),
    onSuccess,
  });
}

export function useCancelBackup() {
  const onSuccess = useRefreshBackup();
  return useMutation({ mutationFn: () => answer(api.backup.cancel.$post()), onSuccess });
}

/** Asked for by hand: the target may be far away. */
export function useSnapshots() {
  return useMutation({ mutationFn: () => answer(api.backup.snapshots.$get()) });
}

/** The key with which the box signs in at an SFTP server, before and after the first start. */
export function useSshKey({ isFirstStart }: { isFirstStart: boolean }) {
  return useMutation({
    mutationFn: () => (isFirstStart ? answer(api.restore["ssh-key"].$post()) : answer(api.backup["ssh-key"].$get())),
  });
}

/** On disks that are plugged in, before and after the first start. */
export function useBackupFolders({ isFirstStart }: { isFirstStart: boolean }) {
  return useQuery({
    queryKey: keys.backupFolders,
    queryFn: () => (isFirstStart ? answer(api.restore.folders.$post()) : answer(api.backup.folders.$get())),
    refetchInterval: LOOK_FOR_DISKS_MS,
  });
}

export function useFindBackups() {
  return useMutation({ mutationFn: (json: BackupPlace) => answer(api.restore.snapshots.$post({ json })) });
}

export function useBeginRestore() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: BackupPlace & { snapshotId: string }) => answer(api.restore.$post({ json })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.restore }),
  });
}

/** Whether one is being brought back, perhaps since before the page was opened. */
export function useIsRestoring(): boolean {
  const { data } = useQuery({ queryKey: keys.restore, queryFn: () => answer(api.restore.$get()) });
  return (data?.running ?? null) !== null;
}

/** How bringing one back goes; while it does, and until the daemon is back. */
export function useRestoreProgress(isWanted: boolean) {
  return useQuery({
    queryKey: keys.restore,
    queryFn: () => answer(api.restore.$get()),
    enabled: isWanted,
    refetchInterval: WHILE_RUNNING_MS,
  });
}
