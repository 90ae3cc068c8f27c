-- Driven by wrk: requests in absolute form, and a check of every answer. Arguments: the request target, the length of
-- the request's body, where the identity stands (body or header), the right identity, the length of the answer's body.
-- The result goes to stderr as JSON.

local thread

function setup(only_thread)
  thread = only_thread
end

function init(arguments)
  wrk.path, request_bytes = arguments[1], tonumber(arguments[2])
  identity_in, identity, response_bytes = arguments[3], arguments[4], tonumber(arguments[5])
  wrk.headers["Host"] = wrk.path:match("^http://([^/]+)")
  if request_bytes > 0 then wrk.method, wrk.body = "POST", string.rep("certhop ", request_bytes / 8) end
  wrong, first_wrong = 0, ""
end

-- Field names are case-insensitive, and not everybody keeps the server's spelling.
local function field(headers, name)
  return headers[name] or headers[name:lower()]
end

local function identity_of(headers, body)
  if identity_in == "body" then return body:sub(1, #identity) end
  return field(headers, "X-Client-Subject")
end

-- The server counts the head as well.
local function arrived(headers)
  return request_bytes == 0 or tonumber(field(headers, "X-Request-Length") or 0) > request_bytes
end

function response(status, headers, body)
  local seen = identity_of(headers, body)
  if status == 200 and #body == response_bytes and seen == identity and arrived(headers) then return end
  wrong = wrong + 1
  if wrong == 1 then first_wrong = status .. ", " .. #body .. " bytes, " .. tostring(seen) .. ": " .. body:sub(1, 300) end
end

local function json_string(text)
  return '"' .. text:gsub('[%c"\\\128-\255]', function(character) return string.format("\\u%04x", character:byte()) end) .. '"'
end

function done(summary, latency)
  local errors = summary.errors
  local function milliseconds(percent) return latency:percentile(percent) / 1e3 end
  io.stderr:write(string.format(
    '{"requests":%d,"seconds":%.6f,"wrong":%d,"firstWrong":%s,"errors":%d,"firstError":"","p50":%.3f,"p99":%.3f,"p999":%.3f,"longest":%.3f}',
    summary.requests, summary.duration / 1e6, thread:get("wrong"), json_string(thread:get("first_wrong")),
    errors.connect + errors.read + errors.write + errors.timeout,
    milliseconds(50), milliseconds(99), milliseconds(99.9), latency.max / 1e3
  ))
end
