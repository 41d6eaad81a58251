-- Alternates GET form and POST answers on every connection; used by bench/intake_load.py, which
-- fills in the placeholders. A fresh idempotency key goes into each POST.
local path, action, fields, fresh, post_only =
  "%(path)s", "%(action)s", %(fields)s, "%(fresh)s", %(post_only)s
local turn, seed, threads, hex = 0, 0, {}, "0123456789abcdef"

local function key()
  local t = {}
  for i = 1, 32 do
    local n = math.random(1, 16)
    t[i] = hex:sub(n, n)
  end
  return table.concat(t)
end

function setup(thread)
  seed = seed + 1
  thread:set("id", seed)
  table.insert(threads, thread)
end

function init(args)
  math.randomseed(id * 7919 + os.time())
  stored, other = 0, ""
end

function request()
  turn = turn + 1
  if not post_only and turn %% 2 == 1 then
    return wrk.format("GET", path, {["Accept-Encoding"] = "gzip"})
  end
  local t = {}
  for i, f in ipairs(fields) do
    if f[1] == fresh then
      t[#t + 1] = fresh .. "=" .. key()
    elseif #f > 1 then
      t[#t + 1] = f[1] .. "=" .. f[math.random(2, #f)]
    end
  end
  local headers = {["Content-Type"] = "application/x-www-form-urlencoded"}
  return wrk.format("POST", action, headers, table.concat(t, "&"))
end

function response(status, headers, body)
  if status == 303 then
    stored = stored + 1
  elseif status ~= 200 then
    other = other .. status .. " "
  end
end

function done(summary, latency, requests)
  local s, o = 0, ""
  for _, t in ipairs(threads) do
    s = s + t:get("stored")
    o = o .. t:get("other")
  end
  local errors = summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("RESULT %%d %%.3f %%.3f %%.3f %%.3f %%d|%%s\n", s,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
    latency:percentile(99) / 1e3, errors, o:sub(1, 200)))
end
