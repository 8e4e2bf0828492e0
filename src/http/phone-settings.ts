import { makeSipPassword, sipHa1 } from "../workforce/credentials.ts";
import type { RouteDeps } from "./deps.ts";

/** What a person types into a phone; shown once, for the password is kept nowhere. */
export interface PhoneSettings {
  sipServer: string;
  sipPort: number;
  sipUser: string;
  sipPassword: string;
}

/** A new password for the phone with this extension; `ha1` is what is kept of it. */
export function makePhone(
  deps: Pick<RouteDeps, "phoneServer">,
  extension: string,
): { phone: PhoneSettings; ha1: string } {
  const sipPassword = makeSipPassword();
  const { host, port } = deps.phoneServer();
  return {
    phone: { sipServer: host, sipPort: port, sipUser: extension, sipPassword },
    ha1: sipHa1(extension, sipPassword),
  };
}
