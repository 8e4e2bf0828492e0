/** Nothing had been heard from that leg for minutes (`media_timeout`, freeswitch.xml): it is the switch that ended it, and nobody hung up. */
export function hasFallenSilent({ cause }: { cause: string }): boolean {
  return cause === "MEDIA_TIMEOUT";
}
