import { type ClientResponse, hc, type InferRequestType, type InferResponseType } from "hono/client";
import type { Api } from "../../http/api.ts";
import { ApiError, readApiError } from "./api-error.ts";
import { learnServerTime } from "./server-clock.ts";

const client = hc<Api>("/", {
  // The daemon takes changes only with this header: another site's page cannot send it.
  headers: { "X-Hotline": "1" },
  fetch: async (input: RequestInfo | URL, init?: RequestInit) => {
    const response = await fetch(input, init).catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw new ApiError(0, "not-reachable");
    });
    learnServerTime(response.headers.get("date"), Date.now());
    return response;
  },
});

export const api = client.api;

/** The body of a good answer. @throws ApiError for every other answer, and when the daemon is not reached */
export async function answer<Response extends ClientResponse<unknown>>(
  request: Promise<Response>,
): Promise<GoodBody<Response>> {
  const response = await request;
  const text = await response.text();
  const body: unknown = text === "" ? null : parseJson(text);
  if (!response.ok) throw readApiError(response.status, body);
  return body as GoodBody<Response>;
}

/** The same of an answer that is a sound. */
export async function soundOf(request: Promise<ClientResponse<unknown>>): Promise<Blob> {
  const response = await request;
  if (!response.ok) throw readApiError(response.status, parseJson(await response.text()));
  return await response.blob();
}

type Good = 200 | 201 | 202 | 204;
type GoodBody<Response> =
  Response extends ClientResponse<infer Body, infer Status, infer _Format>
    ? Status extends Good
      ? Body
      : never
    : never;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

type Body<Endpoint> = InferResponseType<Endpoint, Good>;
type Json<Endpoint> = InferRequestType<Endpoint> extends { json: infer Sent } ? Sent : never;

export type Status = Body<typeof api.status.$get>;
export type SwitchStatus = Status["switch"];
export type Session = Body<typeof api.session.$get>;
export type SetupInput = Json<typeof api.setup.$post>;
export type SetupPhone = Body<typeof api.setup.$post>["phones"][number];
export type LiveCall = Body<typeof api.calls.live.$get>[number];
export type Presence = Body<typeof api.operators.presence.$get>[number];
export type Party = LiveCall["caller"];
export type Today = Body<typeof api.today.$get>;
export type Attention = Today["attention"][number];
export type CallRow = Body<typeof api.calls.$get>["calls"][number];
export type Call = Body<(typeof api.calls)[":callId"]["$get"]>;
export type Recording = Call["recordings"][number];
export type TimelineEntry = Call["timeline"][number];
export type Leg = Call["legs"][number];
export type RecordingKind = Recording["kind"];
export type TicketPage = Body<typeof api.tickets.$get>;
export type Ticket = TicketPage["tickets"][number];
export type TicketDetails = Body<(typeof api.tickets)[":id"]["$get"]>;
export type TryOutcome = NonNullable<TicketDetails["attempts"][number]["outcome"]>;
export type VoiceMessage = Body<typeof api.voicemail.$get>["messages"][number];
export type Operator = Body<typeof api.operators.$get>[number];
export type PhoneSettings = Body<typeof api.operators.$post>["phone"];
export type Trunk = Body<typeof api.trunks.$get>[number];
export type TrunkTestRequest = Json<typeof api.trunks.test.$post>;
export type TrunkTestStep = Body<typeof api.trunks.test.$post>["steps"][number];
export type UnknownNumber = Body<typeof api.numbers.unknown.$get>[number];
export type TrunkInput = Json<typeof api.trunks.$post>;
export type Outgoing = Body<typeof api.outgoing.$get>;
export type OutgoingInput = Json<typeof api.outgoing.$put>;
export type OutgoingRule = Outgoing["rules"][number];
export type OutgoingTrunk = Outgoing["trunks"][number];
export type NumberMatch = OutgoingRule["numbers"];
export type WhereAnswer = Body<typeof api.outgoing.where.$get>;
export type SiteNumber = Body<typeof api.numbers.$get>[number];
export type NumberInput = Json<typeof api.numbers.$post>;
export type Schedule = Body<typeof api.schedules.$get>[number];
export type ScheduleInput = Json<typeof api.schedules.$post>;
export type ScheduleChange = Json<(typeof api.schedules)[":id"]["$patch"]>;
export type OverrideInput = Json<(typeof api.schedules)[":id"]["override"]["$post"]>;
export type Holiday = Body<typeof api.schedules.holidays.$get>[number];
export type AlertNotice = Body<typeof api.alerts.$get>["open"][number]["notices"][number];
export type TrunkStanding = Body<(typeof api)["trunk-watch"]["$get"]>[number];
export type TrunkHistory = Body<(typeof api)["trunk-watch"][":id"]["$get"]>;
export type SyntheticCall = Body<(typeof api)["synthetic-calls"]["$get"]>["numbers"][number];
export type HealthCheck = Body<typeof api.health.$get>["checks"][number];
export type PanelCertificate = Body<(typeof api)["panel-certificate"]["$get"]>;
export type Bans = Body<typeof api.bans.$get>;
export type BanSettingsInput = Json<typeof api.bans.$put>;
export type Access = Body<typeof api.access.$get>;
export type AccessInput = Json<typeof api.access.$put>;
export type Box = Body<typeof api.box.$get>;
export type Backup = Body<typeof api.backup.$get>;
export type BackupInput = Json<typeof api.backup.$put>;
export type BackupPlace = Json<typeof api.restore.snapshots.$post>;
export type BackupTargetInput = BackupPlace["target"];
export type Updates = Body<typeof api.updates.$get>;
export type RestartInput = Json<typeof api.updates.restart.$post>;
export type Settings = Body<typeof api.settings.$get>;
export type SettingsInput = Json<typeof api.settings.$put>;
export type Flow = Body<typeof api.flow.$get>;
export type FlowInput = Json<typeof api.flow.$put>;
export type Voice = Body<typeof api.voices.$get>[number];
export type VoiceInput = Json<(typeof api.voices)[":language"]["$put"]>;
export type PromptList = Body<typeof api.prompts.$get>;
export type Prompt = PromptList["prompts"][number];
export type FlowRow = Body<typeof api.flows.$get>["flows"][number];
export type NewFlow = Json<typeof api.flows.$post>;
export type FlowVersionRow = Body<(typeof api.flows)[":id"]["versions"]["$get"]>["versions"][number];
export type FlowLosses = Body<(typeof api.flows)[":id"]["losses"]["$get"]>;
export type LookUpTrial = Json<(typeof api.flows)["look-up"]["$post"]>;
