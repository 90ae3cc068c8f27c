-- Driven by wrk: requests in absolute form, and a check of every answer. Arguments: the request target, where the
-- identity stands (body or header), the right identity, the body's length. The result goes to stderr as JSON.

local thread

function setup(only_thread)
  thread = only_thread
end

function init(arguments)
  wrk.path, identity_in, identity, body_bytes = arguments[1], arguments[2], arguments[3], tonumber(arguments[4])
  wrk.headers["Host"] = wrk.path:match("^http://([^/]+)")
  wrong, first_wrong = 0, ""
end

local function identity_of(headers, body)
  if identity_in == "body" then return body:sub(1, #identity) end
  -- Field names are case-insensitive, and not everybody keeps the server's spelling.
  return headers["X-Client-Subject"] or headers["x-client-subject"]
end

function response(status, headers, body)
  local seen = identity_of(headers, body)
  if status == 200 and #body == body_bytes and seen == identity then return end
  wrong = wrong + 1
  if wrong == 1 then first_wrong = status .. ", " .. #body .. " bytes, " .. tostring(seen) .. ": " .. body:sub(1, 300) end
end

local function json_string(text)
  return '"' .. text:gsub('[%c"\\\128-\255]', function(character) return string.format("\\u%04x", character:byte()) end) .. '"'
end

function done(summary, latency)
  local errors = summary.errors
  io.stderr:write(string.format(
    '{"requests":%d,"seconds":%.6f,"wrong":%d,"firstWrong":%s,"errors":%d,"firstError":"","p50":%.3f,"p99":%.3f}',
    summary.requests, summary.duration / 1e6, thread:get("wrong"), json_string(thread:get("first_wrong")),
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  ))
end
