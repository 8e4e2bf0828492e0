/** Sockets that systemd has opened for us, as sd_listen_fds(3) says: a process without rights gets ports below 1024 so. */

/** The first descriptor that is handed over. */
const FIRST = 3;

/** Descriptors by the name that their unit gives them (`FileDescriptorName=`); none where they are another process's. */
export function handedSockets(
  environment: NodeJS.ProcessEnv,
  pid = process.pid,
): ReadonlyMap<string, readonly number[]> {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = environment;
  const sockets = new Map<string, number[]>();
  if (LISTEN_PID !== `${pid}` || !/^[0-9]{1,3}$/.test(LISTEN_FDS ?? "")) return sockets;
  const names = (LISTEN_FDNAMES ?? "").split(":");
  for (let index = 0; index < Number(LISTEN_FDS); index += 1) {
    const name = names[index] ?? "";
    sockets.set(name, [...(sockets.get(name) ?? []), FIRST + index]);
  }
  return sockets;
}
