-- The guard: while the daemon is gone, callers are not. Protocol in ../README.md; the rule is ported by the lab switch.
--
--   down --(heartbeat)--> up, and says so with the daemon's boot id: the daemon takes callers back only after that
--   up --(none for 3 s)--> down: new calls take the static fallback, held callers are moved to 'one moment'
--
-- One thread does it all, so nobody is moved after `up` was said. While down it looks again each second: a call may have read
-- `up` in the very moment, or may not have been in the list yet.
local SILENCE_MS, SWEEP_MS, TICK_MS = 3000, 1000, 200
local api = freeswitch.API()

local function variable(uuid, name)
  local value = api:executeString("uuid_getvar " .. uuid .. " " .. name)
  if value == nil or value == "_undef_" or string.sub(value, 1, 4) == "-ERR" then return "" end
  return value
end

local function say(state, boot)
  freeswitch.setGlobalVariable("hotline_control", state)
  freeswitch.consoleLog("notice", "guard: the daemon is " .. state .. "\n")
  local event = freeswitch.Event("CUSTOM", "hotline::guard")
  event:addHeader("Hotline-State", state)
  event:addHeader("Hotline-Boot", boot)
  event:fire()
end

local function sweep()
  local list = api:executeString("show channels")
  for uuid in string.gmatch("\n" .. list, "\n(%x+%-%x+%-%x+%-%x+%-%x+),") do
    if variable(uuid, "bridge_uuid") == "" then
      local held = variable(uuid, "hotline_held")
      if held == "true" then
        local to = variable(uuid, "hotline_origin") == "phone" and "phone-alone" or "one-moment"
        api:executeString("uuid_setvar " .. uuid .. " hotline_held guard")
        api:executeString("uuid_transfer " .. uuid .. " " .. to .. " XML hotline")
      elseif held == "message" then
        -- Whoever speaks is left to finish: moving them away would hang them up. `record_ms` says that they have.
        if variable(uuid, "record_ms") ~= "" then api:executeString("uuid_transfer " .. uuid .. " message-left XML hotline") end
      elseif variable(uuid, "hotline_role") == "operator" then
        api:executeString("uuid_kill " .. uuid .. " ORIGINATOR_CANCEL")
      end
    end
  end
end

local control, boot, quietMs = "down", "", 0
local heartbeats = freeswitch.EventConsumer("CUSTOM", "hotline::alive")

freeswitch.setGlobalVariable("hotline_control", "down")
while true do
  -- Silence is counted in waits, not by the clock: a clock that jumps (first boot, no battery) must not move callers.
  local beat = heartbeats:pop(1, TICK_MS)
  if beat then
    quietMs = 0
    local from = beat:getHeader("Hotline-Boot") or ""
    if control == "down" or from ~= boot then
      control, boot = "up", from
      say("up", boot)
    end
  else
    quietMs = quietMs + TICK_MS
    if control == "up" and quietMs >= SILENCE_MS then
      control = "down"
      say("down", boot)
    end
    if control == "down" and quietMs % SWEEP_MS == 0 then sweep() end
  end
end
