/**
 * Branded ids: a leg's id cannot be passed where a call's is wanted.
 * A call has our own id; a leg is one channel of the switch, and its id is the channel's uuid.
 * Runs in the browser too, so nothing of Node is imported here.
 */
declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Our own id of a call (a UUID); kept in the channel variable `hotline_call_id`. */
export type CallId = Branded<string, "CallId">;
/** The uuid of a channel of the switch: one leg of a call. */
export type LegId = Branded<string, "LegId">;
/** A number that one `play` command carries, so that its end can be told from another's. */
export type PlayId = Branded<string, "PlayId">;
export type OperatorId = Branded<number, "OperatorId">;
export type TrunkId = Branded<number, "TrunkId">;
export type FlowId = Branded<string, "FlowId">;
/** Opening hours that have a name of their own (flows/hours). */
export type ScheduleId = Branded<number, "ScheduleId">;
export type NodeId = Branded<string, "NodeId">;
/** Digits of an operator's phone, 2 to 6 of them. */
export type Extension = Branded<string, "Extension">;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

class InvalidIdError extends Error {
  override readonly name = "InvalidIdError";
}

function uuid(kind: string, text: string): string {
  if (!UUID.test(text)) throw new InvalidIdError(`${kind}: not a UUID`);
  return text;
}

export function isUuid(text: string): boolean {
  return UUID.test(text);
}
/** @throws InvalidIdError when `text` is not a lower-case UUID */
export function callId(text: string): CallId {
  return uuid("call id", text) as CallId;
}
/** @throws InvalidIdError when `text` is not a lower-case UUID */
export function legId(text: string): LegId {
  return uuid("leg id", text) as LegId;
}
/** @throws InvalidIdError when `text` is not 2 to 6 digits */
export function extension(text: string): Extension {
  if (!/^[0-9]{2,6}$/.test(text)) throw new InvalidIdError("extension: 2 to 6 digits");
  return text as Extension;
}
export function newCallId(): CallId {
  return crypto.randomUUID() as CallId;
}
export function newLegId(): LegId {
  return crypto.randomUUID() as LegId;
}
export function newPlayId(): PlayId {
  return crypto.randomUUID() as PlayId;
}
export function operatorId(id: number): OperatorId {
  return id as OperatorId;
}
export function trunkId(id: number): TrunkId {
  return id as TrunkId;
}
export function flowId(id: string): FlowId {
  return id as FlowId;
}
export function scheduleId(id: number): ScheduleId {
  return id as ScheduleId;
}
export function nodeId(id: string): NodeId {
  return id as NodeId;
}
